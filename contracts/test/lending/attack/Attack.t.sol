// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Aim} from "./AttackPlays.sol";
import {AttackSearch} from "./AttackSearch.sol";

/// @notice K-15: an agent whose model says anything, with all borrowers and liquidators behind it, never costs more than
/// `worstCase` said, and a search that does its best comes close. `make attack` runs it at length; docs/attack.md explains.
contract AttackTest is AttackSearch {
    uint256 private constant TIGHT = 800_000;

    function _worlds() private view returns (uint256) {
        return vm.envOr("ATTACK_WORLDS", uint256(1));
    }

    function _steps() private view returns (uint256) {
        return vm.envOr("ATTACK_STEPS", uint256(2));
    }

    function test_K15_randomSearchStaysUnderEveryComponent() public {
        _start();
        _searchRandomly(vm.envOr("ATTACK_RANDOM", uint256(256)));
        _print("random");
        assertEq(violations, 0, "violations");
    }

    function test_K15_greedySearchReachesCreditOpen() public {
        _greedy(Aim.CREDIT_OPEN, 0);
    }

    function test_K15_greedySearchReachesCreditSeen() public {
        _greedy(Aim.CREDIT_SEEN, 1);
    }

    function test_K15_greedySearchReachesSupRate() public {
        _greedy(Aim.SUP_RATE, 2);
    }

    function test_K15_greedySearchReachesBorRate() public {
        _greedy(Aim.BOR_RATE, 3);
    }

    function test_K15_linesWithoutAgentReachTheBaseline() public {
        _greedy(Aim.BASELINE, 4);
    }

    /// @dev Loans default and are opened again within the horizon; the borrow cap is what binds.
    function test_K15_defaultsMakeNoRoom() public {
        _start();
        _searchGreedily(Aim.CHURN, 0, _worlds(), _steps());
        _printComponent("churn", 0);
        assertEq(violations, 0, "violations");
    }

    function _greedy(Aim aim, uint256 component) private {
        _start();
        _searchGreedily(aim, component, _worlds(), _steps());
        _printComponent("greedy", component);
        assertEq(violations, 0, "violations");
        assertGe(_best(component), TIGHT, "the bound is too loose, or the search too weak");
    }
}
