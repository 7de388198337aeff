// SPDX-License-Identifier: Apache-2.0
// The `kafka` extra: what is in this package.
#include <streamz/plugin.h>

#include "from_kafka_batched.h"
#include "to_kafka.h"

STREAMZ_PLUGIN(streamz_kafka, "0.1.0", FromKafkaSource, FromKafkaBatchedSource, ToKafkaSink)
