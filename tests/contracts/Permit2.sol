// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

// What a relay uses of Permit2 and of x402's exact proxy, with the interface, typed data and addresses of the deployed
// ones and code of our own: nobody's source is copied. Put at the canonical addresses by anvil_setCode, so nothing here
// has a constructor or an immutable.

import {Signed} from "./TestUSDC.sol";

interface IToken {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;
}

struct TokenPermissions {
    address token;
    uint256 amount;
}

struct PermitTransferFrom {
    TokenPermissions permitted;
    uint256 nonce;
    uint256 deadline;
}

struct SignatureTransferDetails {
    address to;
    uint256 requestedAmount;
}

contract Permit2 {
    error InvalidNonce();
    error InvalidSigner();
    error InvalidAmount(uint256 maxAmount);
    error SignatureExpired(uint256 signatureDeadline);

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    string private constant TOKEN_PERMISSIONS = "TokenPermissions(address token,uint256 amount)";
    string private constant WITNESS_STUB =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

    /// One bit a nonce, 256 nonces a word: used in any order, each once.
    mapping(address => mapping(uint256 => uint256)) public nonceBitmap;

    /// solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Permit2"), block.chainid, address(this)));
    }

    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (details.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
        uint256 bit = 1 << (permit.nonce & 0xff);
        uint256 word = nonceBitmap[owner][permit.nonce >> 8];
        if (word & bit != 0) revert InvalidNonce();
        nonceBitmap[owner][permit.nonce >> 8] = word | bit;
        if (!Signed.by(owner, _digest(permit, witness, witnessTypeString), signature)) revert InvalidSigner();
        address token = permit.permitted.token;
        (bool done, bytes memory said) =
            token.call(abi.encodeCall(IToken.transferFrom, (owner, details.to, details.requestedAmount)));
        require(done && (said.length == 0 || abi.decode(said, (bool))), "TRANSFER_FROM_FAILED");
    }

    function _digest(PermitTransferFrom calldata permit, bytes32 witness, string calldata witnessTypeString)
        private
        view
        returns (bytes32)
    {
        bytes32 permitted = keccak256(
            abi.encode(keccak256(bytes(TOKEN_PERMISSIONS)), permit.permitted.token, permit.permitted.amount)
        );
        bytes32 kind = keccak256(abi.encodePacked(WITNESS_STUB, witnessTypeString));
        bytes32 what =
            keccak256(abi.encode(kind, permitted, msg.sender, permit.nonce, permit.deadline, witness));
        return keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), what));
    }
}

/// The one spender payers sign for: it pays only whom the signed witness names, so a relay cannot redirect money.
contract ExactPermit2Proxy {
    error InvalidAmount();
    error InvalidDestination();
    error InvalidOwner();
    error PaymentTooEarly();
    error Permit2612AmountMismatch();

    event Settled();
    event SettledWithPermit();

    struct Witness {
        address to;
        uint256 validAfter;
    }

    struct EIP2612Permit {
        uint256 value;
        uint256 deadline;
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    Permit2 public constant PERMIT2 = Permit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);
    bytes32 private constant WITNESS_TYPEHASH = keccak256("Witness(address to,uint256 validAfter)");
    string private constant WITNESS_TYPE =
        "Witness witness)TokenPermissions(address token,uint256 amount)Witness(address to,uint256 validAfter)";

    function settle(
        PermitTransferFrom calldata permit, address owner, Witness calldata witness, bytes calldata signature
    ) external {
        _settle(permit, owner, witness, signature);
        emit Settled();
    }

    function settleWithPermit(
        EIP2612Permit calldata approval,
        PermitTransferFrom calldata permit,
        address owner,
        Witness calldata witness,
        bytes calldata signature
    ) external {
        if (approval.value != permit.permitted.amount) revert Permit2612AmountMismatch();
        IToken token = IToken(permit.permitted.token);
        address spender = address(PERMIT2);
        // who saw the approval may have sent it before us: what counts is whether Permit2 may move the money
        try token.permit(owner, spender, approval.value, approval.deadline, approval.v, approval.r, approval.s) {}
        catch {}
        _settle(permit, owner, witness, signature);
        emit SettledWithPermit();
    }

    function _settle(
        PermitTransferFrom calldata permit, address owner, Witness calldata witness, bytes calldata signature
    ) private {
        if (permit.permitted.amount == 0) revert InvalidAmount();
        if (owner == address(0)) revert InvalidOwner();
        if (witness.to == address(0)) revert InvalidDestination();
        if (block.timestamp < witness.validAfter) revert PaymentTooEarly();
        SignatureTransferDetails memory details = SignatureTransferDetails(witness.to, permit.permitted.amount);
        bytes32 what = keccak256(abi.encode(WITNESS_TYPEHASH, witness.to, witness.validAfter));
        PERMIT2.permitWitnessTransferFrom(permit, details, owner, what, WITNESS_TYPE, signature);
    }
}
