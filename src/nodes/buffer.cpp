// SPDX-License-Identifier: Apache-2.0
// A bounded queue between two parts of a chain that run at their own pace. The queue before the stage is
// the buffer; the stage itself passes on. Tested by tests/cases/buffer.test.
#include "../streamz/spec.h"

namespace streamz {

namespace {

struct BufferNode : Stream {
  enum class Overflow { block, drop_new, drop_old };
  std::variant<long, Size> n = 1L;
  Overflow overflow = Overflow::block;

  static void describe(Spec<BufferNode>& s) {
    s.summary("let the stages before and behind run at their own pace");
    s.details("What comes behind runs in a thread of its own, so that a slow branch does not hold up the others.");
    s.param("n", &BufferNode::n, "how many records it holds, or how many bytes, as 64KiB")
        .positional()
        .required()
        .min(1);
    s.param("overflow", &BufferNode::overflow, "when it is full: hold the input back, or drop a record")
        .one_of({"block", "drop_new", "drop_old"});
    s.queued();
    s.state("at most n records or bytes");
    s.example("$NAME 100", "1 2 3", "1 2 3");
  }

  Queueing queueing() const override {
    Queueing wanted;
    wanted.overflow = static_cast<Queueing::Overflow>(overflow);
    if (const Size* const size = std::get_if<Size>(&n)) {
      wanted.bytes = size->bytes;
    } else {
      wanted.records = static_cast<std::size_t>(std::get<long>(n));
    }
    return wanted;
  }
};

}  // namespace

extern constinit const StageClass buffer_stage = stage_class<BufferNode>("BufferNode");

}  // namespace streamz
