// SPDX-License-Identifier: Apache-2.0
#include "cases.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <fmt/format.h>

#include "case_file.h"
#include "compile.h"
#include "own_node.h"
#include "running.h"
#include "values.h"

namespace streamz {

namespace {

// What comes out, by port; written by the strands, read by the script.
class Outputs {
 public:
  void add(const std::string& port, std::string_view text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    values_[port].emplace_back(text);
  }
  std::vector<std::string> take(const std::string& port) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(values_[port], {});
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> values_;
};

struct Collector : Sink {
  Outputs* outputs = nullptr;
  std::string port_name;
  static void describe(Spec<Collector>& s) { s.summary("collects what a case gives"); }
  void update(const Record& x) override { outputs->add(port_name, x.raw()); }
};

// Walks through the steps of a case; each output step sees what has come by then.
struct Script : Source {
  const std::vector<Step>* steps = nullptr;
  std::size_t end = 0;  // the steps from here on see the end of input as well
  Outputs* outputs = nullptr;
  std::map<std::string, int> ports;  // names of the inputs it feeds, to its own output ports
  std::vector<std::vector<std::string>>* seen = nullptr;
  static void describe(Spec<Script>& s) { s.summary("feeds the inputs of a case"); }

  void run() override {
    LineReader raw;
    bool raw_open = false;
    for (std::size_t i = 0; i < end; ++i) {
      const Step& step = (*steps)[i];
      if (step.kind == Step::input) {
        for (const std::string& value : split_values(step.text)) emit_text(value, ports.at(step.port));
      } else if (step.kind == Step::raw) {
        if (!raw_open) raw.open(node(), "input", "jsonl");
        raw_open = true;
        std::copy(step.text.begin(), step.text.end(), raw.space().begin());
        raw.commit(step.text.size());
      } else if (step.kind == Step::pass_time) {
        if (!wait_until(now() + parse_duration(step.text))) return;
      } else if (step.kind == Step::expect) {
        if (!wait_until(now())) return;
        (*seen)[i] = outputs->take(step.port);
      }
    }
    if (raw_open) raw.finish();
  }
};

class Runner {
 public:
  Runner(const Case& test, const Index& index, bool restoring) : test_(test), index_(index), restoring_(restoring) {
    char name[] = "/tmp/streamz-case-XXXXXX";
    if (mkdtemp(name) == nullptr) throw Error("cannot make a directory for a case");
    directory_ = name;
  }
  ~Runner() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // Empty: passed.
  std::string run() {
    for (const Step& step : test_.steps) {
      if (step.kind == Step::make_file) std::ofstream(directory_ / step.name, std::ios::binary) << step.text;
    }
    seen_.resize(test_.steps.size());
    std::string text = test_.chain;
    for (std::size_t at; (at = text.find("$DIR")) != std::string::npos;) text.replace(at, 4, directory_.string());
    Problems problems;
    Loader loader(index_.allow_unsafe());  // before the graph: its stages are destroyed by their classes
    Chain chain = parse(text, index_, problems);
    if (learn_specs(chain, index_, loader)) {
      problems = {};
      chain = parse(text, index_, problems);
    }
    Ends ends;
    ends.leave_open = true;
    Graph graph = connect(chain, index_, ends, problems);
    if (!problems.has_errors()) bind(graph, chain, index_, loader, problems);
    if (problems.has_errors()) {
      for (const Diagnostic& problem : problems.all()) messages_ += to_text(problem, chain.text);
    } else {
      run_graph(graph, chain);
    }
    return verdict();
  }

 private:
  void run_graph(Graph& graph, const Chain& chain) {
    const OpenEnds open = open_ends(graph);
    collect(graph, open.outputs);
    if (!open.inputs.empty()) feed(graph, *open.inputs.front());
    assign_strands(graph);
    RunOptions options;
    options.clock = Clock::Kind::virtual_time;
    options.handle_signals = false;
    options.quiet = true;
    options.capture = &messages_;
    options.restoring = restoring_;
    status_ = streamz::run(graph, chain, options).status;
  }

  void collect(Graph& graph, const std::vector<Node*>& open) {
    for (Node* const from : open) add_collector(graph, *from, 0, "");
    std::map<std::string, bool> named;
    for (const Step& step : test_.steps) {
      if (step.kind != Step::expect || step.port.empty() || std::exchange(named[step.port], true)) continue;
      for (Node& from : graph.nodes) {
        if (from.spec == nullptr) continue;
        const auto& names = from.spec->outputs;
        const auto port = std::find(names.begin(), names.end(), step.port);
        if (port == names.end()) continue;
        add_collector(graph, from, static_cast<int>(port - names.begin()), step.port);
        break;
      }
    }
  }

  void add_collector(Graph& graph, Node& from, int port, const std::string& name) {
    Node* node = nullptr;
    auto& collector = add_own_node<Collector>(graph, node);
    collector.outputs = &outputs_;
    collector.port_name = name;
    graph.connect(from, port, *node, 0);
  }

  void feed(Graph& graph, Node& to) {
    Node* node = nullptr;
    auto& script = add_own_node<Script>(graph, node);
    script.steps = &test_.steps;
    script.outputs = &outputs_;
    script.seen = &seen_;
    for (std::size_t i = 0; i < test_.steps.size(); ++i) {
      const Step& step = test_.steps[i];
      if (step.kind == Step::input || step.kind == Step::raw || step.kind == Step::pass_time) script.end = i + 1;
      if (step.kind != Step::input || script.ports.count(step.port) != 0) continue;
      const int own = static_cast<int>(script.ports.size());
      script.ports[step.port] = own;
      graph.connect(*node, own, to, input_port(*to.spec, step.port));
    }
    if (script.ports.empty()) graph.connect(*node, 0, to, 0);
    trailing_ = script.end;
  }

  static int input_port(const StageSpec& spec, const std::string& name) {
    const auto found = std::find(spec.inputs.begin(), spec.inputs.end(), name);
    if (found != spec.inputs.end()) return static_cast<int>(found - spec.inputs.begin());
    return name.empty() ? 0 : std::stoi(name);
  }

  std::string verdict() {
    bool expects_error = false;
    std::string wrong;
    for (std::size_t i = 0; i < test_.steps.size(); ++i) {
      const Step& step = test_.steps[i];
      if (step.kind == Step::error) {
        expects_error = true;
        if (messages_.find(step.text) == std::string::npos) {
          wrong += fmt::format("  line {}: expected the error: {}\n  but it said: {}\n", step.line, step.text,
                               messages_.empty() ? "nothing" : messages_);
        }
      } else if (step.kind == Step::expect) {
        const auto expected = split_values(step.text);
        const auto came = i < trailing_ ? seen_[i] : take_trailing(step.port, i, expected.size());
        if (came != expected) wrong += difference(step, came);
      } else if (step.kind == Step::expect_file) {
        wrong += compare_file(step);
      }
    }
    if (!expects_error && !messages_.empty()) wrong += "  it failed: " + messages_;
    return wrong;
  }

  // Several lines of one port at the end of a case share what came; the last takes the rest.
  std::vector<std::string> take_trailing(const std::string& port, std::size_t step, std::size_t size) {
    auto& rest = rest_[port];
    for (std::string& value : outputs_.take(port)) rest.push_back(std::move(value));
    const bool last = std::none_of(test_.steps.begin() + static_cast<std::ptrdiff_t>(step) + 1, test_.steps.end(),
                                   [&](const Step& s) { return s.kind == Step::expect && s.port == port; });
    const std::size_t count = last ? rest.size() : std::min(size, rest.size());
    std::vector<std::string> taken(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
    return taken;
  }

  static std::string difference(const Step& step, const std::vector<std::string>& came) {
    return fmt::format("  line {}: expected >{} {}\n  {:>{}} {}\n", step.line, step.port, step.text,
                       "but came >" + step.port, std::to_string(step.line).size() + 17 + step.port.size(),
                       fmt::join(came, " "));
  }

  std::string compare_file(const Step& step) const {
    std::ifstream file(directory_ / step.name, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    if (file.is_open() && content == step.text) return {};
    return fmt::format("  line {}: expected in {}: {}\n  but it holds: {}\n", step.line, step.name,
                       printable(step.text, 2000), file.is_open() ? printable(content, 2000) : "(it does not exist)");
  }

  const Case& test_;
  const Index& index_;
  const bool restoring_;
  std::filesystem::path directory_;
  std::string messages_;
  int status_ = 0;
  std::size_t trailing_ = 0;
  Outputs outputs_;
  std::vector<std::vector<std::string>> seen_;
  std::map<std::string, std::vector<std::string>> rest_;
};

void run_one(std::string_view file, const Case& test, const Index& index, CaseReport& report, bool restoring = false) {
  std::string wrong;
  try {
    wrong = Runner(test, index, restoring).run();
  } catch (const std::exception& error) {
    wrong = fmt::format("  it failed: {}\n", error.what());
  }
  ++(wrong.empty() ? report.passed : report.failed);
  if (!wrong.empty()) report.text += fmt::format("{}:{}: {}\n{}", file, test.line, test.chain, wrong);
}

}  // namespace

CaseReport run_cases(std::string_view file, std::string_view text, const Index& index, bool restoring) {
  CaseReport report;
  for (const Case& test : parse_cases(text)) run_one(file, test, index, report, restoring);
  return report;
}

CaseReport run_examples(const Index& index, const Entry* only) {
  CaseReport report;
  for (const Entry& entry : index.all()) {
    if (entry.spec() == nullptr || !entry.same_as.empty() || (only != nullptr && only != &entry)) continue;
    for (const Example& example : entry.spec()->examples) {
      Case test;
      test.chain = example.chain;
      for (std::size_t at; (at = test.chain.find("$NAME")) != std::string::npos;) test.chain.replace(at, 5, entry.name);
      if (!example.in.empty()) test.steps.push_back({Step::input, "", example.in, "", 0});
      test.steps.push_back({Step::expect, "", example.out, "", 0});
      run_one("example of " + entry.name, test, index, report);
    }
  }
  return report;
}

}  // namespace streamz
