// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// The one function of Multicall3 that is used here, as mds1/multicall3 has it: several calls as one transaction.
contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory found) {
        found = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (found[i].success, found[i].returnData) = calls[i].target.call(calls[i].callData);
            require(found[i].success || calls[i].allowFailure, "Multicall3: call failed");
        }
    }
}
