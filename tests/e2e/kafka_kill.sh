#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments between Kafka and files: nothing is lost, and little comes twice. See kafka_kill.inc.
# shellcheck source=common.inc
source "$(dirname "$0")/common.inc"
# shellcheck source=kafka_kill.inc
source "$tests/e2e/kafka_kill.inc"

# from a group into files
kill_files() {
  run_killed 2500 "from_kafka in group=f$round until=end conf=$known ! rate_limit 5000/s ! to_files 'f$round/{.k % 5}.jsonl'"
  cat "f$round"/* > got
  at_least "from Kafka into files" got
}

# from a file, which goes on from its checkpoint
kill_kafka() {
  run_killed 700 --checkpoint "c$round" --checkpoint-interval 200ms "from_file in.jsonl ! rate_limit 5000/s ! to_kafka c$round key=.k"
  all_of "c$round" > got
  at_least "from a file into Kafka" got
}

# from a group into another topic
kill_both() {
  run_killed 2500 "from_kafka in group=k$round until=end conf=$session,auto.commit.interval.ms=500 ! rate_limit 5000/s ! to_kafka k$round key=.k"
  all_of "k$round" > got
  at_least "from Kafka into Kafka" got
}

kill_all files kafka both
