//! One suite of behaviour over every store, and what only a store that can fail shows.

mod grpc;
mod keys;
mod outage;
mod server;
mod suite;
mod world;

use self::world::{LASTING, PASSING, World};

/// Runs every case over each store, with leases that last or pass. The cases over Redis Cluster share one, for it takes seconds to form.
macro_rules! cases {
    ($($case:ident: $terms:ident),* $(,)?) => {
        mod memory {
            $(
                #[actix::test]
                async fn $case() {
                    super::suite::$case(&super::World::memory(super::$terms)).await;
                }
            )*
        }

        mod single_redis {
            $(
                #[actix::test]
                async fn $case() {
                    super::suite::$case(&super::World::redis(super::$terms).await).await;
                }
            )*
        }

        #[actix::test]
        async fn every_case_over_redis_cluster() {
            let mut world = World::cluster(LASTING).await;
            $(
                world = world.emptied($terms).await;
                suite::$case(&world).await;
            )*
            drop(world);
        }
    };
}

cases! {
    users_are_online_while_their_gateways_lease_lives: PASSING,
    a_lease_that_is_renewed_in_time_continues: LASTING,
    a_new_incarnation_voids_the_old_one_at_once: LASTING,
    of_two_incarnations_that_race_one_holds_the_lease: LASTING,
    a_released_lease_puts_its_users_offline_at_once: LASTING,
    a_user_set_online_without_a_lease_stays_for_a_while: PASSING,
    what_was_set_is_taken_back_and_what_was_announced_stays: LASTING,
    a_user_set_online_under_a_lease_goes_with_it: LASTING,
    a_user_on_two_gateways_is_on_both: LASTING,
    an_announcement_that_names_a_user_twice_says_they_came: LASTING,
    ten_thousand_users_are_announced_and_found_in_one_call: LASTING,
    cleanup_forgets_who_is_offline_and_nobody_else: LASTING,
    who_had_a_push_is_remembered_for_a_while: PASSING,
}
