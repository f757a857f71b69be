// The unmodified @hashgraph/sdk as a program; see tests/interop/README.md.
import * as sdk from "@hashgraph/sdk";

import { run } from "./driver.mjs";

await run(sdk, "@hashgraph/sdk");
