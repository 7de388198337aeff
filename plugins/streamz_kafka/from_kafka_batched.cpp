// SPDX-License-Identifier: Apache-2.0
#include "from_kafka_batched.h"

using namespace streamz;

void FromKafkaBatchedSource::describe(Spec<FromKafkaBatchedSource>& s) {
  s.summary("bring in the messages of Kafka topics, in arrays: `from_kafka batch=10000`");
  describe_parameters(s);
}
