// SPDX-License-Identifier: Apache-2.0
#include "thrown.h"

#include <cxxabi.h>
#include <sys/resource.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <typeinfo>

#include "error.h"

namespace streamz {

Error thrown_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    // To say so takes some too: what --max-memory has kept back is given for it.
    rlimit limit{};
    getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_DATA, &limit);
    return Error("there is no more memory", "--max-memory gives more, where it is the limit", kMemoryError);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    // nlohmann's own prefix, "[json.exception.type_error.302] ", tells a user nothing
    return Error(text.starts_with("[json.exception") ? text.substr(text.find("] ") + 2) : text);
  } catch (...) {
    return Error("threw " + demangled(abi::__cxa_current_exception_type()->name()));
  }
}

std::string thrown_text() { return thrown_error().what(); }

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 ? name.get() : symbol;
}

}  // namespace streamz
