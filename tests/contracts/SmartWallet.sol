// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

// An account that is a contract: its owner's key signs for it (EIP-1271), and a factory makes it at an address that is
// known before it exists, so that it can sign while it is still undeployed (ERC-6492).

import {ISigner, Signed} from "./TestUSDC.sol";

contract SmartWallet is ISigner {
    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    receive() external payable {}

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        return Signed.by(owner, digest, signature) ? ISigner.isValidSignature.selector : bytes4(0xffffffff);
    }

    /// The owner may change his mind after he signed: a signature that was good is then good no more.
    function setOwner(address other) external {
        require(msg.sender == owner, "only the owner");
        owner = other;
    }

    function execute(address to, uint256 value, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == owner, "only the owner");
        (bool done, bytes memory said) = to.call{value: value}(data);
        require(done, "the call failed");
        return said;
    }
}

contract SmartWalletFactory {
    function deploy(address owner, bytes32 salt) external returns (address) {
        return address(new SmartWallet{salt: salt}(owner));
    }

    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(SmartWallet).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), salt, code)))));
    }
}

/// Signers that misbehave when they are asked.
contract HostileSigner {
    enum Trick { SaysYesToAll, BurnsGas, ReturnsBomb, ReturnsShort, Reverts }

    Trick public trick;

    constructor(Trick trick_) {
        trick = trick_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        Trick now_ = trick;
        if (now_ == Trick.Reverts) revert("not today");
        assembly {
            switch now_
            case 1 { for {} 1 {} { pop(keccak256(0, 4096)) } }
            case 2 { return(0, 1000000) }
            case 3 { mstore(0, shl(224, 0x1626ba7e)) return(0, 4) }
        }
        return 0x1626ba7e;
    }
}
