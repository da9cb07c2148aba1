"""What has no meaning on a cluster: `TEST_TOPOLOGY=cluster` runs the rest of tests/faults on one, and ends with this list.

Reasons, and the modules that they hold for, or the tests in one.
"""

LEFT_OUT = {
    "makes products of its own on both databases, of which a cluster's is one": ("test_backup",),
    "has a Redis of its own behind a wire that it can cut; tests/kills kills a cluster's": ("test_redis",),
    "begins a second process that does everything beside the first; tests/workers has it on a web and workers": (
        "test_one_writer.test_a_reply_made_by_one_process_is_read_through_another",
        "test_one_writer.test_c9_stop_reaches_the_runner_from_another_process",
        "test_one_writer.test_a_runner_that_lost_its_lease_can_write_nowhere",
        "test_one_writer.test_a_turn_of_which_nobody_saw_a_token_begins_again_once",
    ),
    "breaks the journal in the database; a cluster's is in its Redis, which test_redis and tests/kills break": (
        "test_database.test_a_journal_that_cannot_be_written_for_a_while_loses_no_answer",
        "test_database.test_a_journal_that_is_away_to_the_end_leaves_the_answer_in_its_row",
    ),
    "nginx has times of its own, of 20 s": (
        "test_bodies.test_s23_requests_that_stall_or_trickle_are_hung_up_on",
    ),
}
NAMES = frozenset(name for names in LEFT_OUT.values() for name in names)
