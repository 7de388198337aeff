// SPDX-License-Identifier: Apache-2.0
// The module jq.so: libjq behind the functions of LibjqModule.
#include "libjq_module.h"

#include <dlfcn.h>

extern "C" {
#include <jq.h>
}

#include "wording.h"

namespace streamz::detail {

// One reference to a jv. libjq's functions take over the references that they are given.
class Jv {
 public:
  explicit Jv(jv v) : jv_(v) {}
  Jv(Jv&& other) noexcept : jv_(other.give()) {}
  Jv& operator=(Jv&& other) noexcept {
    std::swap(jv_, other.jv_);
    return *this;
  }
  ~Jv() { jv_free(jv_); }
  jv_kind kind() const { return jv_get_kind(jv_); }
  bool valid() const { return kind() != JV_KIND_INVALID; }
  jv copy() const { return jv_copy(jv_); }
  jv give() { return std::exchange(jv_, jv_null()); }
  // Of a string; valid as long as this object.
  std::string_view text() const {
    return {jv_string_value(jv_), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(jv_)))};
  }

 private:
  jv jv_;
};

struct Engine {
  jq_state* jq = nullptr;
  std::vector<Jv> variables;
};

namespace {

const char* version() {
  // libjq does not tell its version: a function that came with each one does.
  if (dlsym(RTLD_DEFAULT, "jv_string_repeat") != nullptr) return "1.8";
  return dlsym(RTLD_DEFAULT, "jq_set_stderr_cb") != nullptr ? "1.7" : "1.6";
}

// What a program throws by error() is shown as it is.
std::string message_of(Jv& failed) {
  const Jv message(jv_invalid_get_msg(failed.give()));
  if (message.kind() != JV_KIND_STRING) return std::string(Jv(jv_dump_string(message.copy(), 0)).text());
  return expr::reworded(std::string(message.text()));
}

// Not jv_parse_sized(): its error text reads on to a NUL, which a record does not end with.
Jv parse(std::string_view text) {
  jv_parser* const parser = jv_parser_new(0);
  jv_parser_set_buf(parser, text.data(), static_cast<int>(text.size()), 0);
  Jv value(jv_parser_next(parser));
  jv_parser_free(parser);
  if (value.valid()) return value;
  std::string words = message_of(value);
  if (words.starts_with("Invalid")) words[0] = 'i';
  const std::string engine = std::string("libjq ") + version();
  if (words.find("xceeds depth limit") != std::string::npos) {
    throw Error("is nested over 256 deep, which is more than " + engine + " reads");
  }
  throw Error(engine + " cannot read it: " + words.substr(0, words.find(" at line ")));
}

void print_debug(void* /*context*/, jv value) {
  jv_dumpf(JV_ARRAY(jv_string("DEBUG:"), value), stderr, 0);
  std::fputc('\n', stderr);
}

struct Complaints {
  Complain complain;
  void* context;
};
void pass_complaint(void* context, jv message) {
  const auto* const to = static_cast<const Complaints*>(context);
  const Jv words(jq_format_error(message));
  to->complain(to->context, words.text());
}

// Where `import` and `include` look: as the jq command does.
void set_library_path(jq_state* jq, std::span<const std::string> directories) {
  Jv path(jv_array());
  for (const std::string& directory : directories) {
    path = Jv(jv_array_append(path.give(), jv_string(directory.c_str())));
  }
  if (directories.empty()) path = Jv(JV_ARRAY(jv_string("~/.jq"), jv_string("$ORIGIN/../lib/jq")));
  jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), path.give());
  jq_set_attr(jq, jv_string("JQ_ORIGIN"), jv_string("/usr/bin"));
  jq_set_attr(jq, jv_string("PROGRAM_ORIGIN"), jv_string("."));
}

Engine* open(const char* program, std::size_t variables, std::span<const std::string> directories, Complain complain,
             void* context) {
  auto engine = std::make_unique<Engine>();
  engine->jq = jq_init();
  if (engine->jq == nullptr) throw std::bad_alloc();
  Complaints complaints{complain, context};
  jq_set_error_cb(engine->jq, pass_complaint, &complaints);
  jq_set_debug_cb(engine->jq, print_debug, nullptr);
  set_library_path(engine->jq, directories);
  if (jq_compile(engine->jq, program) == 0) {
    jq_teardown(&engine->jq);
    return nullptr;
  }
  jq_set_error_cb(engine->jq, nullptr, nullptr);
  for (std::size_t i = 0; i < variables; ++i) engine->variables.emplace_back(jv_null());
  return engine.release();
}

void close(Engine* engine) {
  if (engine == nullptr) return;
  jq_teardown(&engine->jq);
  delete engine;
}

void set(Engine* engine, std::size_t variable, std::string_view json) { engine->variables[variable] = parse(json); }

bool run(Engine* engine, std::string_view input, bool sorted, Each each, void* context) {
  Jv x = parse(input);
  if (!engine->variables.empty()) {
    Jv list(jv_array_append(jv_array(), x.give()));
    for (const Jv& variable : engine->variables) list = Jv(jv_array_append(list.give(), variable.copy()));
    x = std::move(list);
  }
  jq_start(engine->jq, x.give(), 0);
  while (true) {
    Jv result(jq_next(engine->jq));
    if (!result.valid()) {
      if (jv_invalid_has_msg(result.copy()) != 0) throw Error(message_of(result));
      return true;
    }
    const Jv text(jv_dump_string(result.give(), sorted ? JV_PRINT_SORTED : 0));
    if (!each(context, JsonText{text.text()})) return false;
  }
}

}  // namespace

}  // namespace streamz::detail

const streamz::detail::LibjqModule streamz_jq_module = {streamz::detail::open, streamz::detail::close,
                                                        streamz::detail::set, streamz::detail::run,
                                                        streamz::detail::version};
