// The relay's pay page inside a page of yours. The relay lets your registered origin frame it, and nobody else's.

/**
 * @typedef {object} Status
 * @property {string} status of the invoice: created, partial, processing, settled, expired, cancelled
 * @property {string[]} flags over, late, reverted
 * @property {string | null} paid what has arrived, in smallest units
 *
 * @typedef {object} Embedded
 * @property {HTMLIFrameElement} frame
 * @property {() => void} close takes it out of the page
 */

/**
 * Show the pay page of an invoice in `container`. What it tells is for your page to look right; hand nothing over on it
 * alone: your server reads the invoice, or gets the webhook.
 * @param {HTMLElement} container
 * @param {string} url of the invoice
 * @param {{onReady?: () => void, onStatus?: (status: Status) => void, onEvent?: (event: any) => void, title?: string}} [options]
 * @returns {Embedded}
 */
export function embed(container, url, { onReady, onStatus, onEvent, title = "Payment" } = {}) {
  const frame = document.createElement("iframe");
  frame.src = url;
  frame.title = title;
  frame.allow = "clipboard-write; payment";
  frame.style.cssText = "width:100%;max-width:28rem;height:44rem;border:0;color-scheme:light dark";
  const origin = new URL(url, location.href).origin;

  /** @param {MessageEvent} message */
  const hear = ({ data, origin: from, source }) => {
    if (from !== origin || source !== frame.contentWindow || data?.source !== "relay" || data.version !== 1) return;
    if (data.type === "ready") onReady?.();
    if (data.type === "status") onStatus?.({ status: data.status, flags: data.flags, paid: data.paid });
    if (data.type === "event") onEvent?.(data.event);
    if (data.type === "size" && Number.isFinite(data.height)) frame.style.height = `${Math.min(Math.max(data.height, 200), 3000)}px`;
  };
  window.addEventListener("message", hear);
  container.append(frame);
  return {
    frame,
    close() {
      window.removeEventListener("message", hear);
      frame.remove();
    },
  };
}
