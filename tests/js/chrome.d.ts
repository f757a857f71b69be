// As much of a browser's extension API as plugins/extension uses, loosely: the browser it runs in is the real check.

interface Listens {
  addListener(listener: (...given: any[]) => any): void;
}
declare const chrome: {
  runtime: {
    id: string;
    getURL(path: string): string;
    connect(): any;
    sendMessage(message: object): Promise<any>;
    onConnect: Listens;
    onMessage: Listens;
    onInstalled: Listens;
  };
  storage: { local: any; session: any };
  alarms: { create(name: string, when: object): Promise<void>; clear(name: string): Promise<boolean>; onAlarm: Listens };
  windows: { create(wish: object): Promise<any>; get(id: number): Promise<any>; update(id: number, change: object): Promise<any>; onRemoved: Listens };
  tabs: { query(wish: object): Promise<any[]>; create(wish: object): Promise<any>; sendMessage(id: number, message: object): Promise<any> };
  idle: { onStateChanged: Listens };
  action: { setIcon(wish: object): Promise<void>; setTitle(wish: object): Promise<void>; setBadgeText(wish: object): Promise<void> };
};
