// SPDX-License-Identifier: Apache-2.0
#include "splice.h"

#include "keys_seen.h"
#include "write.h"

namespace streamz::expr {

namespace {

constexpr std::uint32_t kMostFields = 64;  // of more, a table of keys finds the equal ones faster

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view text_of(const Value& key) { return const_cast<Value&>(key).text(); }

void append_key(std::string& out, const Value& key) {
  append_quoted(out, text_of(key));
  out += ':';
}

// What stands at the rest of the path where there was nothing.
void append_made(std::string& out, std::span<const Value> path, const Value& fresh) {
  for (const Value& key : path) append_key(out += '{', key);
  append_json(out, fresh);
  out.append(path.size(), '}');
}

}  // namespace

// Copies in long runs, which end at blanks between the parts and at what is replaced.
class Splice {
 public:
  Splice(const Document& document, std::string& out, const Value* fresh)
      : document_(document), out_(out), fresh_(fresh), escapes_(document.has_escapes()) {}

  bool object(std::uint32_t object, std::span<const Value> path) {
    run_ = begin(object);
    std::uint32_t place = pass(object);
    const std::uint32_t first_key = place;
    const std::string_view wanted = text_of(path.front());
    bool found = false, kept = false;
    KeysSeen seen;
    for (std::uint32_t n = 0; document_.first(place) != '}'; ++n) {
      const std::uint32_t key = place;
      const std::string_view name = document_.key(key);
      if (n == kMostFields || (escapes_ && name.find('\\') != std::string_view::npos)) return false;
      if (!seen.is_new(name) && stands_between(first_key, key, name)) return false;
      if (name == wanted && path.size() == 1 && fresh_ == nullptr) {
        place = leave_out(key, kept);
        continue;
      }
      place = pass(pass(key));
      if (name == wanted) {
        found = true;
        if (!change(place, path)) return false;
      } else {
        place = pass_value(place);
      }
      kept = true;
      if (document_.first(place) == ',') place = pass(place);
    }
    if (!found && fresh_ != nullptr) {
      copy_to(place);
      if (kept) out_ += ',';
      append_key(out_, path.front());
      append_made(out_, path.subspan(1), *fresh_);
    }
    out_.append(run_, begin(place) + 1);
    return true;
  }

 private:
  const char* begin(std::uint32_t place) const { return document_.text_ + document_.index_[place]; }

  // What is left to be copied of the text before the entry; what comes next begins there.
  void copy_to(std::uint32_t place) {
    const char* end = begin(place);
    while (end > run_ && is_blank(end[-1])) --end;
    out_.append(run_, end);
    run_ = begin(place);
  }
  std::uint32_t pass(std::uint32_t place) {
    if (is_blank(begin(place + 1)[-1])) copy_to(place + 1);
    return place + 1;
  }
  std::uint32_t pass_value(std::uint32_t place) {
    const char first = document_.first(place);
    if (first != '{' && first != '[') return pass(place);
    for (const std::uint32_t end = document_.after(place); place < end;) place = pass(place);
    return place;
  }

  bool stands_between(std::uint32_t key, std::uint32_t end, std::string_view name) const {
    for (; key < end; key = document_.after(key + 2) + 1) {
      if (document_.key(key) == name) return true;
    }
    return false;
  }

  // With one comma beside it.
  std::uint32_t leave_out(std::uint32_t key, bool kept) {
    std::uint32_t next = document_.after(key + 2);
    if (!kept) {
      copy_to(key);
      if (document_.first(next) == ',') ++next;
    } else if (run_ > begin(key - 1)) {
      out_.pop_back();
    } else {
      copy_to(key - 1);
    }
    run_ = begin(next);
    return kept && document_.first(next) == ',' ? pass(next) : next;
  }

  bool change(std::uint32_t& place, std::span<const Value> path) {
    const char first = document_.first(place);
    const std::uint32_t next = document_.after(place);
    if (path.size() > 1 && first != '{' && first != 'n') return false;
    copy_to(place);
    if (path.size() == 1 || first == 'n') {
      if (fresh_ == nullptr) {
        out_ += "null";
      } else {
        append_made(out_, path.subspan(1), *fresh_);
      }
    } else if (!object(place, path.subspan(1))) {
      return false;
    }
    run_ = begin(next);
    place = next;
    return true;
  }

  const Document& document_;
  std::string& out_;
  const Value* fresh_;
  bool escapes_;
  const char* run_ = nullptr;  // what is not copied yet
};

bool splice(std::string& out, const Value& object_slice, std::span<const Value> path, const Value* fresh) {
  if (path.size() > kDeepest || (fresh != nullptr && fresh->depth() > kDeepest)) return false;
  const std::size_t before = out.size();
  if (Splice(object_slice.document(), out, fresh).object(object_slice.place(), path)) return true;
  out.resize(before);
  return false;
}

}  // namespace streamz::expr
