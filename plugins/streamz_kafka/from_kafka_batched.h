// SPDX-License-Identifier: Apache-2.0
// python-streamz's name for from_kafka with batch=. Tested by tests/e2e/kafka.sh.
#pragma once

#include "from_kafka.h"

struct FromKafkaBatchedSource : FromKafkaSource {
  FromKafkaBatchedSource() { batch_size = 10000; }
  static void describe(streamz::Spec<FromKafkaBatchedSource>& s);
};
