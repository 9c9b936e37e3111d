// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice What is fixed for the life of a lending market.
/// @param loanAsset What is lent; the settlement asset of every harm figure.
/// @param collateralAsset What secures loans; a different token.
/// @param kernel The only door to the market's parameters.
/// @param oracle Collateral price.
/// @param actuator Acts for this market in the kernel; the kernel knows the market by this address.
/// @param name Name of the supply share.
/// @param symbol Symbol of the supply share.
/// @param quantum Loan-asset units in one quantum of a line's L and U.
/// @param minDebt Smallest debt that a draw may leave (d_min).
/// @param borrowCap Greatest total debt plus realised losses.
/// @param rateCap Cap of the fallback's borrow rate (r_cap), WAD per second.
/// @param rateBound Hard cap of the borrow rate including multiplier and spread (r̄), WAD per second.
/// @param minMultiplier Least multiplier (m⁻), WAD.
/// @param maxMultiplier Greatest multiplier (m⁺), WAD.
/// @param bonusBps Liquidation bonus (β).
/// @param shortfallBps Assumed greatest shortfall of liquidation proceeds (σ).
/// @param maxLambdaBps Greatest liquidation threshold a line may carry.
/// @param maxSpreadBps Greatest spread a line may carry (σ_max), basis points a year.
/// @param maxTenorHours Longest tenor a line may carry.
/// @param grace Seconds after the due date before a loan is in default.
/// @param liquidationTime Oldest price that liquidations use, and the longest they are assumed to take (T_liq), seconds.
/// @param scoreAge Oldest score on which a draw may rest (T_score), seconds.
/// @param averaging Length of a feature epoch (T_avg), seconds.
struct MarketConfig {
    address loanAsset;
    address collateralAsset;
    address kernel;
    address oracle;
    address actuator;
    string name;
    string symbol;
    uint256 quantum;
    uint256 minDebt;
    uint256 borrowCap;
    uint256 rateCap;
    uint256 rateBound;
    uint256 minMultiplier;
    uint256 maxMultiplier;
    uint16 bonusBps;
    uint16 shortfallBps;
    uint16 maxLambdaBps;
    uint16 maxSpreadBps;
    uint16 maxTenorHours;
    uint32 grace;
    uint32 liquidationTime;
    uint32 scoreAge;
    uint32 averaging;
}

/// @notice A borrower's position. The terms in it were fixed at the last own draw and survive to the due date.
/// @param shares Debt shares at `basedAt`; zero means no debt.
/// @param collateral Collateral held, in its smallest unit.
/// @param principal Debt right after the last own draw, scaled down by every repayment since; loan-asset units.
/// @param basedAt Time of the last own draw, from which the spread counts.
/// @param due When the loan falls due.
/// @param unsecured U in quanta, snapshot.
/// @param lambdaBps Liquidation threshold λ, snapshot.
/// @param spreadBps Spread σ_i, snapshot, basis points a year.
/// @param lineRisk Potential φ of the current terms, loan-asset units.
/// @param lineForecast Predicted default of the current terms, parts per million.
/// @param forecast Predicted default, snapshot, parts per million.
/// @param defaulted Whether the open loan has been declared in default.
struct Position {
    uint128 shares;
    uint128 collateral;
    uint96 principal;
    uint40 basedAt;
    uint40 due;
    uint48 unsecured;
    uint16 lambdaBps;
    uint16 spreadBps;
    uint96 lineRisk;
    uint24 lineForecast;
    uint24 forecast;
    bool defaulted;
}

/// @notice How drawn loans' forecasts met their outcomes.
/// @param settled Loans whose outcome is known.
/// @param defaults How many of them defaulted.
/// @param predicted Sum of their predicted defaults, parts per million.
/// @param squaredError Sum of squared errors (Brier), parts per million squared.
struct Calibration {
    uint40 settled;
    uint40 defaults;
    uint64 predicted;
    uint112 squaredError;
}

/// @notice An isolated lending market: ERC-4626 supply shares, lines with due dates, one collateral, one loan asset.
/// @dev Amounts are smallest units. Every rounding is for the vault. Repaying, adding collateral, withdrawing free cash and
/// withdrawing collateral without debt call nothing but the two tokens.
interface ILendingMarket {
    /// @notice A constructor argument lies outside what the rules allow.
    error BadConfig(bytes32 field, uint256 given, uint256 allowed);
    /// @notice An amount of zero, or one too small to move anything.
    error ZeroAmount();
    /// @notice Only the actuator may call this.
    error NotActuator(address caller);
    /// @notice Only the kernel's governor may call this.
    error NotGovernor(address caller);
    /// @notice The token delivered another amount than was asked for, as tokens with a transfer fee do.
    error AmountMismatch(uint256 received, uint256 expected);
    /// @notice A pause blocks new draws.
    error DrawsPaused();
    /// @notice The score behind the line is too old to draw on.
    error ScoreTooOld(uint256 age, uint256 allowed);
    /// @notice The line's spread is above what the borrower accepts.
    error SpreadAboveAccepted(uint256 spreadBps, uint256 acceptedBps);
    /// @notice The terms lie outside what this market can carry.
    error TermsOutOfRange(uint160 terms);
    /// @notice The price is missing, stale or diverging.
    error PriceUnusable(uint40 observedAt, bool fresh, bool agrees);
    /// @notice The price is older than liquidations may use.
    error PriceTooOld(uint256 age, uint256 allowed);
    /// @notice The debt would exceed min(L, c·x + U).
    error DebtAboveLimit(uint256 debt, uint256 limit);
    /// @notice The draw would leave less debt than the market's minimum.
    error DebtBelowMinimum(uint256 debt, uint256 minimum);
    /// @notice Total debt plus realised losses would exceed the borrow cap.
    error BorrowCapExceeded(uint256 total, uint256 cap);
    /// @notice While a riskier market-wide change is pending, draws must leave the exit reserve.
    error ExitReserveTouched(uint256 left, uint256 reserve);
    /// @notice The market holds less cash than was asked for.
    error CashShort(uint256 asked, uint256 cash);
    /// @notice The position holds less collateral than was asked for.
    error CollateralShort(uint256 asked, uint256 held);
    /// @notice The loan is due: nothing more can be drawn on it, nor collateral withdrawn.
    error PastDue(uint40 due);
    /// @notice The position would not be healthy.
    error Unhealthy(uint256 debt, uint256 limit);
    /// @notice The loan is healthy and not past due and grace.
    error StillHealthy(uint256 debt, uint256 limit);
    /// @notice The position owes nothing.
    error NothingOwed(address borrower);
    /// @notice The position has no collateral left.
    error NothingToSeize(address borrower);
    /// @notice The liquidation would seize less than the liquidator accepts.
    error SeizedTooLittle(uint256 seized, uint256 least);
    /// @notice The loan is not past due and grace yet.
    error NotInDefault(uint256 time, uint256 defaultAt);
    /// @notice The loan has already been declared in default.
    error AlreadyDefaulted(address borrower);
    /// @notice The announced reset must wait.
    error TooEarly(uint256 time, uint256 earliest);

    /// @notice Interest accrued up to now.
    event Accrued(uint256 index, uint256 rateAtTarget, uint256 totalDebt);
    /// @notice A borrower drew on the line; the terms in force are the snapshot taken here.
    event Drawn(
        address indexed borrower, address indexed to, uint256 amount, uint256 debt, uint40 due
    );
    /// @notice Debt was repaid.
    event Repaid(address indexed borrower, address indexed payer, uint256 amount, uint256 debt);
    /// @notice Collateral was added.
    event CollateralAdded(address indexed borrower, address indexed payer, uint256 amount);
    /// @notice Collateral was withdrawn.
    event CollateralWithdrawn(address indexed borrower, address indexed to, uint256 amount);
    /// @notice A liquidator repaid debt and took collateral.
    event Liquidated(
        address indexed borrower, address indexed liquidator, uint256 repaid, uint256 seized
    );
    /// @notice A loan went into default and its line was closed.
    event Defaulted(address indexed borrower, uint256 debt, uint256 collateral);
    /// @notice Bad debt was written off against the suppliers.
    event BadDebtRealised(address indexed borrower, uint256 loss);
    /// @notice A drawn loan's outcome is known; forecast in parts per million.
    event ForecastSettled(address indexed borrower, uint24 forecast, bool defaulted);
    /// @notice New terms took effect: their potential and predicted default.
    event LineSet(address indexed borrower, uint256 risk, uint24 forecast);
    /// @notice The multiplier's ramp was set.
    event Steered(uint256 multiplier, uint40 beat, uint32 tau, uint32 tauR);
    /// @notice Realised losses stopped counting against the borrow cap.
    event LossesReset(uint256 losses);

    /// @notice Draws `amount` on the caller's own line and fixes λ, U and σ_i for the whole loan.
    /// @param greatestSpreadBps The caller's own greatest accepted spread.
    /// @param to Receives the loan asset.
    /// @return debt The whole debt afterwards, rounded up.
    function draw(uint256 amount, uint16 greatestSpreadBps, address to)
        external
        returns (uint256 debt);

    /// @notice Repays up to `amount` of `borrower`'s debt; anything above the debt is not taken.
    /// @return repaid What was taken.
    function repay(address borrower, uint256 amount) external returns (uint256 repaid);

    /// @notice Adds collateral to `borrower`'s position.
    function addCollateral(address borrower, uint256 amount) external;

    /// @notice Withdraws the caller's collateral; without debt, nothing can stop it.
    function withdrawCollateral(uint256 amount, address to) external;

    /// @notice Repays up to `repayUpTo` of an unhealthy or past-due loan and seizes collateral worth that plus the bonus.
    /// @dev Declares the default and writes off what is left when that is what the act discovers.
    /// @param leastSeized The caller's own least accepted collateral.
    function liquidate(address borrower, uint256 repayUpTo, uint256 leastSeized)
        external
        returns (uint256 repaid, uint256 seized);

    /// @notice Declares a loan past due and grace in default: closes the line and, without collateral, writes the debt off.
    function declareDefault(address borrower) external;

    /// @notice Advances index, curve and feature epochs to now. Anyone; changes nothing that waiting would not.
    function accrue() external;

    /// @notice Sets the multiplier's ramp, after accruing with the old one. Actuator only.
    /// @param multiplier m at `beat`, WAD; clipped to [m⁻, m⁺].
    /// @param beat Start of the ramp's silence clock.
    /// @param tau Silence before the ramp starts, seconds.
    /// @param tauR Length of the ramp, seconds.
    function steer(uint256 multiplier, uint40 beat, uint32 tau, uint32 tauR) external;

    /// @notice Takes over the potential and the forecast of a line's new terms. Actuator only.
    function setLine(address borrower, uint96 risk, uint24 forecast) external;

    /// @notice Realised losses stop counting against the borrow cap: an instruction of the governor's, which the kernel announces,
    /// keeps waiting and links. Actuator only.
    function resetLosses() external;

    /// @notice The actuator, by whose address the kernel knows this market.
    function actuator() external view returns (address);

    /// @notice The whole configuration.
    function config() external view returns (MarketConfig memory);

    /// @notice A borrower's position as stored.
    function position(address borrower) external view returns (Position memory);

    /// @notice A borrower's debt now, rounded up.
    function debtOf(address borrower) external view returns (uint256);

    /// @notice All debt now, rounded down.
    function totalDebt() external view returns (uint256);

    /// @notice The debt up to which an position is healthy now: λ·x + U, rounded down; zero without a price.
    function healthLimit(address borrower) external view returns (uint256);

    /// @notice The potential φ* of a borrower: the larger of the current terms' and the open loan's.
    function riskOf(address borrower) external view returns (uint256);

    /// @notice S: the sum of φ* over all borrowers.
    function totalRisk() external view returns (uint256);

    /// @notice Loan asset held, by the market's own books; donations do not enter.
    function cash() external view returns (uint256);

    /// @notice Collateral held, by the market's own books.
    function totalCollateral() external view returns (uint256);

    /// @notice Losses written off since the last reset.
    function realisedLosses() external view returns (uint256);

    /// @notice The multiplier now: m(t) = 1 + (m_set − 1)·max(0, 1 − max(0, t − beat − τ)/τ_r), WAD.
    function multiplier() external view returns (uint256);

    /// @notice The ramp as set.
    function ramp() external view returns (uint256 set, uint40 beat, uint32 tau, uint32 tauR);

    /// @notice The borrow rate now without spread, WAD per second.
    function borrowRate() external view returns (uint256);

    /// @notice The fallback curve's rate at target now, scaled by 1e36 per second.
    function rateAtTarget() external view returns (uint256);

    /// @notice Base index now, scaled by 1e27.
    function index() external view returns (uint256);

    /// @notice Utilisation as of the last balance-changing act, WAD.
    function utilisation() external view returns (uint256);

    /// @notice The sums that carry the spreads: total shares(t) = (A + W·(t − genesis)) / SpreadLib.ONE, and Σ s_i.
    function spreadSums() external view returns (int256 a, uint256 w, uint256 shares);

    /// @notice Averages of the last closed epoch, parts per million; `known` is false before the first one closes.
    /// @return epoch Number of the epoch now running; the averages belong to the one before it.
    function closedEpoch()
        external
        view
        returns (uint32 epoch, uint24 utilisationPpm, uint24 forecastPpm, bool known);

    /// @notice Forecasts against outcomes so far.
    function calibration() external view returns (Calibration memory);

    /// @notice The growth bound G = exp(r̄·(T_term + T_liq)), WAD, rounded up.
    function growthBound() external view returns (uint256);

    /// @notice k = (1−σ)/((1+β)·G), WAD, rounded down.
    function recovery() external view returns (uint256);

    /// @notice When the market was made; the spreads' time counts from here.
    function genesis() external view returns (uint40);
}
