//! a crash at every step, with and without a chain that forgets, loses nothing and doubles nothing.

use super::world::World;

/// Every key exactly once, and every decision settled.
async fn assert_exactly_once(world: &World, keys: u64, context: &str) {
    let writes = world.writes().await;
    assert_eq!(writes.len() as u64, keys, "lost: {context}, {writes:?}");
    assert!(writes.values().all(|&times| times == 1), "doubled: {context}, {writes:?}");
}

/// Ends a life at each of its steps in turn, lives on, and counts.
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn enumerate(name: &str, finality: u64, automine: bool, forget: u64) {
    let mut crashes = 0;
    for last in 0.. {
        let world = World::new(finality).await;
        world.local.automine(automine);
        let intents = world.intents(0..3, 7);
        let steps = world.survive(&intents, &[last], forget).await;
        assert_exactly_once(&world, 3, &format!("{name}, crash at step {last}")).await;
        if steps <= last {
            break;
        }
        crashes += 1;
    }
    eprintln!("{name}: a crash at each of {crashes} steps, 3 decisions each, 0 lost, 0 doubled");
    assert!(crashes > 40, "{crashes} steps only");
}

#[tokio::test]
async fn a_1_a_crash_at_every_step_loses_and_doubles_nothing() {
    enumerate("mined at once", 0, true, 0).await;
}

#[tokio::test]
async fn a_1_a_crash_at_every_step_while_transactions_wait() {
    enumerate("mined later", 2, false, 0).await;
}

#[tokio::test]
async fn a_1_a_crash_at_every_step_with_a_chain_that_forgets() {
    enumerate("two blocks forgotten", 2, true, 2).await;
    enumerate("three blocks forgotten, all of them settled", 0, true, 3).await;
}

/// Pairs of crashes: the recovery crashes as well.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn a_1_crashes_while_recovering() {
    let world = World::new(1).await;
    let steps = world.survive(&world.intents(0..2, 7), &[], 0).await;
    let mut pairs = 0;
    for first in (0..steps).step_by(7) {
        for second in (0..steps).step_by(9) {
            let world = World::new(1).await;
            let intents = world.intents(0..2, 7);
            world.survive(&intents, &[first, second], 1).await;
            assert_exactly_once(&world, 2, &format!("crashes at {first} and {second}")).await;
            pairs += 1;
        }
    }
    eprintln!("{pairs} pairs of crashes over {steps} steps, 0 lost, 0 doubled");
}
