// SPDX-License-Identifier: Apache-2.0
// Runs a command for each record. Tested by tests/cases/exec.test and tests/e2e/processes.sh.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <list>

#include "../program_stage.h"
#include "../streamz/format.h"

namespace streamz {

namespace {

struct ExecNode : Stream {
  std::string cmd;
  FileFormat format = FileFormat::text;
  bool header = true;
  long workers = 1;

  static void describe(Spec<ExecNode>& s) {
    s.summary("run a command for each record and emit what it prints");
    s.details(
        "By /bin/sh -c, with the record as one line on its standard input. What it prints is emitted as it comes, "
        "in the order of the records. A status other than 0 is an error of the record; with on_error=retry:N the "
        "command is run again, and what it had printed before stays. Otherwise the record is acknowledged when the "
        "command has ended and all that it printed is done with.");
    s.param("cmd", &ExecNode::cmd, "the command, as one word").positional().required();
    s.param("format", &ExecNode::format, "how its output is read").one_of(file_formats);
    s.param("header", &ExecNode::header, header_doc);
    s.param("workers", &ExecNode::workers, "how many commands run at once").min(1).max(64);
    s.queued();
    s.uneven();
    s.example("$NAME 'tr a-z A-Z'", "\"a\" \"b\"", "\"\\\"A\\\"\" \"\\\"B\\\"\"");
    s.example("$NAME 'cat; echo 7' format=jsonl", "1 2", "1 7 2 7");
  }

  void update(const Record& x) override {
    if (unread_) return;
    begin(jobs_.end(), keep(x), 1);
    if (jobs_.size() == 1) listen(jobs_.front());
    if (jobs_.size() == static_cast<std::size_t>(workers)) want(0, false);
  }

  void on_ready(int fd) override {
    const auto has = [fd](const Job& job) {
      return fd == job.child.in() || fd == job.child.out() || fd == job.child.err() ||
             fd == job.child.ended_descriptor();
    };
    const auto job = std::find_if(jobs_.begin(), jobs_.end(), has);
    if (job == jobs_.end()) return;
    if (fd == job->child.in()) {
      write(*job);
    } else if (fd == job->child.out()) {
      read(*job);
    } else if (fd == job->child.err()) {
      if (!job->messages.read(fd)) close_err(*job);
    } else {
      watch(fd, -1);
    }
    settle();
  }

  // The first is tried again: only its end is known.
  void on_timer(Time /*due*/) override {
    if (jobs_.empty() || unread_) return;
    begin(jobs_.begin(), jobs_.front().input, jobs_.front().tries + 1);
    jobs_.erase(std::next(jobs_.begin()));
    listen(jobs_.front());
  }

  void flush() override {
    if (unread_) forget_all();
  }

  Queueing queueing() const override {
    Queueing wanted;
    wanted.records = static_cast<std::size_t>(workers);
    return wanted;
  }

 private:
  // The output of the first alone is read; that of the others waits in their pipes, which keeps the order.
  struct Job {
    Record input;
    std::string text;  // what is left to write
    Child child;
    Messages messages;
    LineReader lines;
    unsigned tries = 1;
    bool waits = false;  // for its next try
    std::string broken;  // why its output cannot be read
  };
  std::list<Job> jobs_;
  bool unread_ = false;  // nobody wants what is printed

  void begin(std::list<Job>::iterator before, const Record& input, unsigned tries) {
    std::list<Job> begun(1);
    Job& job = begun.front();
    job.input = input;
    job.text = std::string(input.raw()) + "\n";
    job.tries = tries;
    job.messages.open("exec");
    job.child.start(shell_command(cmd, true));
    jobs_.splice(before, begun);
    watch(job.child.err());
    watch(job.child.ended_descriptor());
    write(job);
  }

  void write(Job& job) {
    const int fd = job.child.in();
    const ssize_t size = ::write(fd, job.text.data(), job.text.size());
    if (size > 0) job.text.erase(0, static_cast<std::size_t>(size));
    if (!job.text.empty() && (size >= 0 || errno == EAGAIN || errno == EINTR)) return watch(fd, POLLOUT);
    // That it reads no more is its own affair.
    if (size < 0 && errno != EPIPE) job.broken = std::string("cannot be written to: ") + std::strerror(errno);
    watch(fd, -1);
    job.child.close_in();
  }

  void listen(Job& job) {
    job.lines.open(node(), "output of exec", to_string(format, header));
    job.lines.strict(
        [](void* self, const Record& line) {
          auto& exec = *static_cast<ExecNode*>(self);
          return exec.emit(JsonText{line.raw()}, std::span<const Record>(&exec.jobs_.front().input, 1));
        },
        this);
    watch(job.child.out());
  }

  void read(Job& job) {
    const std::span<char> into = job.lines.space();
    const ssize_t size = ::read(job.child.out(), into.data(), into.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    bool wanted = true;
    try {
      if (size < 0) throw Error(std::string("its output cannot be read: ") + std::strerror(errno));
      wanted = size > 0 ? job.lines.commit(static_cast<std::size_t>(size)) : job.lines.finish();
    } catch (const Error& error) {
      job.broken = error.what();  // its output makes no sense any more: no more of it is read
    }
    if (size > 0 && wanted && job.broken.empty()) return;
    watch(job.child.out(), -1);
    job.child.close_out();
    if (wanted) return;
    unread_ = true;
    done();
  }

  void close_err(Job& job) {
    watch(job.child.err(), -1);
    job.child.close_err();
  }

  // Lets go of the first as long as it has ended.
  void settle() {
    while (!jobs_.empty() && !unread_) {
      Job& job = jobs_.front();
      const std::optional<int> status = job.child.status();
      if (!status || job.child.out() >= 0 || job.waits) return;
      while (job.child.err() >= 0 && job.messages.read(job.child.err())) {
        pollfd more{job.child.err(), POLLIN, 0};
        if (poll(&more, 1, 0) <= 0) break;
      }
      job.messages.finish();
      forget(job);
      const std::string reason = job.broken.empty() && *status != 0 ? end_text(*status) : job.broken;
      if (!reason.empty()) {
        job.waits = retry(job.tries);
        if (job.waits) return;
        fail(job.input, reason);
      }
      jobs_.pop_front();
      want(0, true);
      if (!jobs_.empty()) listen(jobs_.front());
    }
  }

  void forget(const Job& job) {
    for (const int fd : {job.child.in(), job.child.out(), job.child.err(), job.child.ended_descriptor()}) {
      if (fd >= 0) watch(fd, -1);
    }
  }

  void forget_all() {
    for (const Job& job : jobs_) forget(job);
    for (const Job& job : jobs_) job.child.signal(SIGTERM);
    jobs_.clear();
  }
};

}  // namespace

extern constinit const StageClass exec_stage = stage_class<ExecNode>("ExecNode");

}  // namespace streamz
