// SPDX-License-Identifier: Apache-2.0
// The data of scripts/bench, always the same: lines of a web server's log (350 bytes), orders (5 KB,
// nested), events (60 bytes).
//   bench_records flat|nested|small MEGABYTES > FILE
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace {

std::mt19937_64 random_bits(350);

unsigned below(unsigned bound) { return static_cast<unsigned>(random_bits() % bound); }

template <std::size_t N>
const char* one_of(const char* const (&choices)[N]) {
  return choices[below(N)];
}

template <class... Arguments>
void add(std::string& out, const char* format, Arguments... arguments) {
  char text[1024];
  const int size = std::snprintf(text, sizeof text, format, arguments...);
  out.append(text, static_cast<std::size_t>(size));
}

constexpr const char* kAgents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
    R"(Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 \"mobile\")", "curl/8.5.0"};
constexpr const char* kUsers[] = {"null", "null", "null", R"("ada")", R"("grace")", R"("linus")", R"("zo\u00eb")"};
constexpr const char* kReferrers[] = {"null", R"("https://search.example/?q=json+lines")",
                                      R"("https://news.example/item?id=40001234")"};
constexpr const char* kSections[] = {"docs", "blog", "api", "static", "shop"};
constexpr const char* kWords[] = {"alpha", "beta", "gamma", "delta", "na\xC3\xAFve", "zero", "chain", "stream"};

// One in a hundred has no number of bytes; 3 in 100 are 404, 2 in 100 are 500.
void add_flat(std::string& out, unsigned n) {
  const unsigned luck = below(100);
  const unsigned status = luck < 3 ? 404 : luck < 5 ? 500 : luck < 15 ? 304 : 200;
  add(out, R"({"remote_ip":"192.0.2.%u","user":%s,"time":"2024-06-01T%02u:%02u:%02uZ","ts":%u,)", below(256),
      one_of(kUsers), n / 3600 % 24, n / 60 % 60, n % 60, 1717200000 + n);
  add(out, R"("host":"example.org","method":"GET","path":"/%s/%s-%u.html","status":%u,)", one_of(kSections),
      one_of(kWords), below(400), status);
  if (below(100) == 0) {
    out += R"("bytes":null,)";
  } else {
    add(out, R"("bytes":%u,)", below(100000));
  }
  add(out, R"("referrer":%s,"agent":"%s","request_id":"%016lx","seconds":0.%03u})", one_of(kReferrers), one_of(kAgents),
      random_bits(), below(1000));
}

void add_item(std::string& out) {
  add(out, R"({"sku":"%08x","title":"%s %s %s","quantity":%u,"price":{"amount":%u.%02u,"currency":"EUR"},)",
      below(1 << 30), one_of(kWords), one_of(kWords), one_of(kWords), 1 + below(9), below(500), below(100));
  add(out, R"("tags":["%s","%s"],"stock":[%u,%u,%u],"gift":%s,"note":%s})", one_of(kWords), one_of(kWords), below(90),
      below(90), below(90), below(2) == 0 ? "true" : "false", below(4) == 0 ? R"("as a \"present\"\n")" : "null");
}

void add_nested(std::string& out, unsigned n) {
  add(out, R"({"id":%u,"customer":{"name":"%s %s","address":{"street":"%s %u","city":"%s","geo":[%u.%04u,-%u.%04u]}},)",
      n, one_of(kWords), one_of(kWords), one_of(kWords), below(300), one_of(kWords), below(90), below(10000),
      below(180), below(10000));
  out += R"("items":[)";
  for (unsigned i = 0, items = 15 + below(22); i < items; ++i) {
    if (i > 0) out += ',';
    add_item(out);
  }
  add(out, R"(],"order":{"total":%u,"state":"%s","history":[{"at":%u,"by":null},{"at":%u,"by":"%s"}]}})", below(5000),
      one_of(kWords), 1717200000 + n, 1717200060 + n, one_of(kWords));
}

void add_small(std::string& out, unsigned n) {
  add(out, R"({"id":%u,"ts":%u,"kind":"%s","value":%u.%u})", n, 1717200000 + n / 10, one_of(kWords), below(1000),
      below(10));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[1] : "";
  void (*const add_record)(std::string&, unsigned) = kind == "flat"     ? add_flat
                                                     : kind == "nested" ? add_nested
                                                     : kind == "small"  ? add_small
                                                                        : nullptr;
  if (add_record == nullptr) {
    std::fprintf(stderr, "usage: bench_records flat|nested|small MEGABYTES\n");
    return 2;
  }
  std::uint64_t left = std::strtoull(argv[2], nullptr, 10) * 1000000;
  std::string line;
  for (unsigned n = 0; left > 0; ++n) {
    line.clear();
    add_record(line, n);
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) return 1;
    left -= std::min<std::uint64_t>(left, line.size());
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
