// The unmodified @hiero-ledger/sdk as a program; see tests/interop/README.md.
import * as sdk from "@hiero-ledger/sdk";

import { run } from "./driver.mjs";

await run(sdk, "@hiero-ledger/sdk");
