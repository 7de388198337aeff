// SPDX-License-Identifier: Apache-2.0
// A plugin that is busy with the record 0 until it has been given 10,000 others, which it drops.
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <streamz/plugin.h>

struct Busy : streamz::Stream {
  static void describe(streamz::Spec<Busy>& s) {
    s.summary("busy with 0 until 10,000 others are done");
    s.stateless();
  }

  void update(const streamz::Record& x) override {
    std::unique_lock<std::mutex> lock(mutex);
    if (x.raw() != "0") {
      if (++others == 10000) enough.notify_one();
    } else if (enough.wait_for(lock, std::chrono::seconds(20), [] { return others >= 10000; })) {
      emit(x);
    } else {
      throw streamz::Error("the others wait");
    }
  }

 private:
  inline static std::mutex mutex;
  inline static std::condition_variable enough;
  inline static int others = 0;  // of all copies
};

STREAMZ_PLUGIN(busy, "1.0", Busy)
