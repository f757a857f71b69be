// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

// A zoo in one contract: a token that looks like TestUSDC and does one thing wrong, in `transfer`, `transferFrom` and
// `transferWithAuthorization` alike. `become` changes the trick on a running token, as an upgradable one can.

import {TestUSDC} from "./TestUSDC.sol";

/// Says Transfer for a token it is not.
contract Crier {
    event Transfer(address indexed from, address indexed to, uint256 value);

    function cry(address from, address to, uint256 value) external {
        emit Transfer(from, to, value);
    }
}

contract MaliciousToken is TestUSDC {
    enum Trick {
        None,
        ReturnsFalse,    // moves nothing, says false, reverts never
        ReturnsNothing,  // honest, but answers like USDT on Ethereum: no data at all
        ReturnsTwo,      // a bool that is neither
        ReturnsBomb,     // honest, and answers with a megabyte
        TakesFee,        // 1 % less arrives than the log of the payer's side says
        TakesDouble,     // the payer loses twice what he signed
        Redirects,       // the log names the payee, the money goes elsewhere
        Lies,            // a Transfer log, and no money moves
        Silent,          // money moves, and no log says so
        Exaggerates,     // the log says ten times what arrived
        CriesElsewhere,  // no money moves, and another contract says Transfer
        Reverts,         // without a word
        RevertsBomb,     // with a megabyte of words
        BurnsGas,        // all it is given
        GulpsGas,        // two million, and is honest
        Reenters,        // calls `target` with `note` while it moves
        Rebases,         // everybody holds half as much once money moved
        Blacklists,      // the payee may not be paid
        Pauses,
        FlipsWhenMined,  // honest while it is simulated (no gas price), moves nothing when mined
        Forgets,         // an authorization can be used again and again
        Grows,           // emits a hundred logs
        Flees            // honest once; after that it moves nothing
    }

    Trick public trick;
    address public target;
    bytes public note;
    uint256 public shares = 1; // each holds `_held / shares`
    Crier private immutable CRIER = new Crier();
    address private constant ELSEWHERE = address(0xE15E);

    constructor(Trick trick_) TestUSDC("USDC", "USDC", "2", 6) {
        trick = trick_;
    }

    function become(Trick other) external {
        trick = other;
    }

    function aim(address target_, bytes calldata note_) external {
        target = target_;
        note = note_;
    }

    function balanceOf(address holder) public view override returns (uint256) {
        return _held[holder] / shares;
    }

    function transfer(address to, uint256 value) external override returns (bool) {
        _move(msg.sender, to, value);
        return _answer();
    }

    function transferFrom(address from, address to, uint256 value) external override returns (bool) {
        _spend(from, value);
        _move(from, to, value);
        return _answer();
    }

    function _answer() private view returns (bool) {
        Trick now_ = trick;
        if (now_ == Trick.ReturnsFalse) return false;
        if (now_ == Trick.ReturnsNothing) assembly { return(0, 0) }
        if (now_ == Trick.ReturnsTwo) assembly { mstore(0, 2) return(0, 32) }
        if (now_ == Trick.ReturnsBomb) assembly { mstore(0, 1) return(0, 1000000) }
        return true;
    }

    function _use(address from, bytes32 nonce) internal override {
        if (trick == Trick.Forgets) emit AuthorizationUsed(from, nonce);
        else super._use(from, nonce);
    }

    function _move(address from, address to, uint256 value) internal override {
        Trick now_ = trick;
        if (now_ == Trick.FlipsWhenMined && tx.gasprice > 0) return;
        if (now_ == Trick.ReturnsFalse) return;
        if (now_ == Trick.Pauses) revert("Pausable: paused");
        if (now_ == Trick.Blacklists) revert("Blacklistable: account is blacklisted");
        if (now_ == Trick.Reverts) assembly { revert(0, 0) }
        if (now_ == Trick.RevertsBomb) assembly { revert(0, 1000000) }
        if (now_ == Trick.BurnsGas) assembly { for {} 1 {} { pop(keccak256(0, 4096)) } }
        if (now_ == Trick.CriesElsewhere) {
            CRIER.cry(from, to, value);
            return;
        }
        if (now_ == Trick.Lies) {
            emit Transfer(from, to, value);
            return;
        }
        if (now_ == Trick.Reenters) {
            trick = Trick.None; // once is enough
            (bool done,) = target.call(note);
            require(done, "the second call failed");
        }
        if (now_ == Trick.GulpsGas) {
            uint256 until = gasleft() - 2_000_000;
            while (gasleft() > until) {}
        }
        if (now_ == Trick.TakesFee) {
            uint256 fee = value / 100;
            super._move(from, ELSEWHERE, fee);
            super._move(from, to, value - fee);
            return;
        }
        if (now_ == Trick.Redirects) {
            _shift(from, ELSEWHERE, value);
            emit Transfer(from, to, value);
            return;
        }
        if (now_ == Trick.TakesDouble) super._move(from, ELSEWHERE, value);
        if (now_ == Trick.Grows) for (uint256 i = 0; i < 100; i++) emit Transfer(from, ELSEWHERE, 0);
        _shift(from, to, value);
        if (now_ == Trick.Rebases) shares *= 2;
        if (now_ == Trick.Flees) trick = Trick.ReturnsFalse;
        if (now_ == Trick.Silent) return;
        emit Transfer(from, to, now_ == Trick.Exaggerates ? value * 10 : value);
    }
}
