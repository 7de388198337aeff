// SPDX-License-Identifier: Apache-2.0
#include "elf_file.h"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "error.h"

namespace streamz {

namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Dynamic = ElfW(Dyn);
using Note = ElfW(Nhdr);
using Version = ElfW(Verneed);

// The header of the running program, put there by the linker: what a library must be built for.
extern "C" __attribute__((visibility("hidden"))) const Header __ehdr_start;  // NOLINT(bugprone-reserved-identifier)

// More than any library has; bounds what a damaged file can make us read.
constexpr std::size_t table_limit = 1 << 20;
constexpr std::size_t name_limit = 256;  // of a library: a file's name
constexpr std::size_t begin_size = 4096;
constexpr char note_name[] = "streamz";  // its NUL counts

[[noreturn]] void refuse(const std::string& file, const std::string& fact, const std::string& hint = {}) {
  throw Error(fmt::format("{} {}", file, fact), hint, "E0146");
}

class Reader {
 public:
  Reader(int fd, const std::string& file, std::uint64_t size) : fd_(fd), file_(file), size_(size) {
    begin_ = bytes(0, std::min<std::uint64_t>(size, begin_size));
  }

  [[noreturn]] void refuse(const std::string& fact, const std::string& hint = {}) const {
    streamz::refuse(file_, fact, hint);
  }
  [[noreturn]] void cut_short(std::uint64_t needed) const {
    refuse(fmt::format("is cut short: {} bytes, its segments need {}", size_, needed), "install it again");
  }
  // Bytes [offset, offset + size) of the file, which must be there.
  std::string bytes(std::uint64_t offset, std::uint64_t size) const {
    if (size > table_limit) refuse("is damaged: a table in it is too large");
    if (offset > size_ || size > size_ - offset) cut_short(std::min(offset, UINT64_MAX - size) + size);
    if (offset + size <= begin_.size()) return begin_.substr(offset, size);
    std::string data(size, '\0');
    if (pread(fd_, data.data(), size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size)) {
      refuse("cannot be read");
    }
    return data;
  }
  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t size) const {
    const std::string data = bytes(offset, size - size % sizeof(T));
    std::vector<T> rows(data.size() / sizeof(T));
    if (!rows.empty()) std::memcpy(rows.data(), data.data(), data.size());
    return rows;
  }
  std::uint64_t size() const { return size_; }

 private:
  int fd_;
  const std::string& file_;
  std::uint64_t size_;
  std::string begin_;  // where nearly all that is asked for stands: read once
};

std::string machine_name(const Header& header) {
  const bool big_endian = header.e_ident[EI_DATA] == ELFDATA2MSB;
  const unsigned machine = big_endian ? __builtin_bswap16(header.e_machine) : header.e_machine;
  std::string name = fmt::format("machine {}", machine);
  for (const auto& [number, known] : {std::pair(EM_X86_64, "x86_64"),
                                      {EM_AARCH64, "aarch64"},
                                      {EM_386, "i386"},
                                      {EM_ARM, "arm"},
                                      {EM_RISCV, "riscv"},
                                      {EM_PPC64, "ppc64"},
                                      {EM_S390, "s390"},
                                      {EM_MIPS, "mips"}}) {
    if (machine == static_cast<unsigned>(number)) name = known;
  }
  if (header.e_ident[EI_CLASS] == ELFCLASS32) name += " (32 bit)";
  if (big_endian) name += " (big-endian)";
  return name;
}

// What a file that is not ELF seems to be: `text file (begins "hello")`.
std::string looks_like(std::string begin) {
  if (begin.empty()) return "empty";
  const auto is_text = [](unsigned char c) { return c >= ' ' || c == '\n' || c == '\t' || c == '\r'; };
  if (!std::all_of(begin.begin(), begin.end(), is_text)) return "no ELF header";
  return fmt::format("text file (begins \"{}\")",
                     printable(begin.substr(0, std::min(begin.find('\n'), std::size_t{20}))));
}

Header read_header(const Reader& file) {
  const std::string begin = file.bytes(0, std::min<std::uint64_t>(file.size(), sizeof(Header)));
  if (!begin.starts_with(ELFMAG)) file.refuse("is not a shared library: " + looks_like(begin));
  if (begin.size() < sizeof(Header)) file.cut_short(sizeof(Header));
  Header header;
  std::memcpy(&header, begin.data(), sizeof header);
  const Header& own = __ehdr_start;
  if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_ident[EI_DATA] != own.e_ident[EI_DATA] ||
      header.e_machine != own.e_machine) {
    file.refuse(fmt::format("is built for {}, this is {}", machine_name(header), machine_name(own)));
  }
  const unsigned abi = header.e_ident[EI_OSABI];
  if (abi != ELFOSABI_NONE && abi != ELFOSABI_GNU) file.refuse(fmt::format("is built for OS ABI {}, not Linux", abi));
  if (header.e_type == ET_REL) file.refuse("is an object file, not a shared library", "link it with -shared");
  if (header.e_type == ET_EXEC) file.refuse("is an executable, not a shared library", "link it with -shared");
  if (header.e_type != ET_DYN) file.refuse(fmt::format("is not a shared library: ELF type {}", header.e_type));
  if (header.e_phnum == 0 || header.e_phentsize != sizeof(Segment)) file.refuse("is damaged: no program headers");
  return header;
}

void require_whole(const Reader& file, const std::vector<Segment>& segments) {
  std::uint64_t needed = 0, behind = 0;
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_LOAD) continue;
    std::uint64_t end = 0, end_in_memory = 0;
    if (__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end) ||
        __builtin_add_overflow(segment.p_vaddr, segment.p_memsz, &end_in_memory)) {
      file.refuse("is damaged: a segment overflows");
    }
    // The loader would put one over the other, and over what stands behind them.
    if (segment.p_vaddr < behind) file.refuse("is damaged: its segments overlap");
    needed = std::max(needed, end);
    behind = end_in_memory;
  }
  if (needed == 0) file.refuse("is damaged: nothing to load in it");
  if (needed > file.size()) file.cut_short(needed);
}

std::uint64_t file_offset(const Reader& file, const std::vector<Segment>& segments, std::uint64_t address) {
  for (const Segment& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  file.refuse("is damaged: an address lies outside its segments");
}

std::string name_at(const Reader& file, const std::vector<Segment>& segments, std::uint64_t address) {
  const std::uint64_t offset = file_offset(file, segments, address);
  const std::string name = file.bytes(offset, std::min<std::uint64_t>(name_limit, file.size() - offset));
  return name.substr(0, name.find('\0'));
}

// Where a version is needed of a library that is not among those to load, the loader gives up and ends the process.
void require_loadable_versions(const Reader& file, const std::vector<Segment>& segments, std::uint64_t address,
                               std::uint64_t strings, const std::vector<std::string>& libraries) {
  for (std::size_t i = 0; address != 0; ++i) {
    const auto rows = file.table<Version>(file_offset(file, segments, address), sizeof(Version));
    const std::string library = name_at(file, segments, strings + rows.front().vn_file);
    if (i > libraries.size() || std::ranges::find(libraries, library) == libraries.end()) {
      file.refuse("is damaged: it needs a version of a library that it does not need");
    }
    address = rows.front().vn_next == 0 ? 0 : address + rows.front().vn_next;
  }
}

std::vector<std::string> needed_libraries(const Reader& file, const std::vector<Segment>& segments) {
  std::vector<std::uint64_t> names;
  std::uint64_t strings = 0, versions = 0;
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    for (const Dynamic& row : file.table<Dynamic>(segment.p_offset, segment.p_filesz)) {
      if (row.d_tag == DT_NULL) break;
      if (row.d_tag == DT_NEEDED) names.push_back(row.d_un.d_val);
      if (row.d_tag == DT_STRTAB) strings = row.d_un.d_ptr;
      if (row.d_tag == DT_VERNEED) versions = row.d_un.d_ptr;
      if (row.d_tag == DT_FLAGS_1 && (row.d_un.d_val & DF_1_PIE) != 0) {
        file.refuse("is an executable, not a shared library", "link it with -shared");
      }
    }
  }
  std::vector<std::string> libraries;
  libraries.reserve(names.size());
  for (const std::uint64_t name : names) libraries.push_back(name_at(file, segments, strings + name));
  require_loadable_versions(file, segments, versions, strings, libraries);
  return libraries;
}

std::optional<std::string> find_tag(const Reader& file, const std::vector<Segment>& segments) {
  const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_NOTE) continue;
    const std::string notes = file.bytes(segment.p_offset, segment.p_filesz);
    std::uint64_t at = 0;
    while (at + sizeof(Note) <= notes.size()) {
      Note note;
      std::memcpy(&note, notes.data() + at, sizeof note);
      const std::uint64_t name = at + sizeof note;
      const std::uint64_t text = name + padded(note.n_namesz);
      if (text + note.n_descsz > notes.size()) break;
      if (std::string_view(notes).substr(name, note.n_namesz) == std::string_view(note_name, sizeof note_name)) {
        const std::string tag = notes.substr(text, note.n_descsz);
        return tag.substr(0, tag.find('\0'));
      }
      at = text + padded(note.n_descsz);
    }
  }
  return std::nullopt;
}

// "a=1;b=x/y=2" to {"a","1"}, {"b","x/y=2"}
std::vector<std::pair<std::string, std::string>> fields_of(std::string_view tag) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!tag.empty()) {
    const std::string_view field = tag.substr(0, tag.find(';'));
    const std::size_t equals = std::min(field.find('='), field.size());
    fields.emplace_back(field.substr(0, equals), field.substr(std::min(equals + 1, field.size())));
    tag.remove_prefix(std::min(field.size() + 1, tag.size()));
  }
  return fields;
}

std::string remedy(const std::string& field, const std::string& theirs, const std::string& here) {
  const auto with = [&](const char* on_one, const char* on_zero) { return here == "1" ? on_one : on_zero; };
  if (field == "stdlib") {
    if (theirs.starts_with("libc++")) return "build without -stdlib=libc++";
    return here.ends_with("1") ? "build with -D_GLIBCXX_USE_CXX11_ABI=1" : "build with -D_GLIBCXX_USE_CXX11_ABI=0";
  }
  if (field == "dbg") return with("build with -D_GLIBCXX_DEBUG", "build without _GLIBCXX_DEBUG");
  if (field == "rtti") return with("build without -fno-rtti", "build with -fno-rtti");
  if (field == "exc") return with("build without -fno-exceptions", "build with -fno-exceptions");
  if (field == "san") {
    return here == "none" ? "build without -fsanitize=" + theirs : "build with -fsanitize=" + here;
  }
  if (field == "json") {
    if (theirs.find("_diag") != std::string::npos) return "build without JSON_DIAGNOSTICS";
    if (theirs.find("_ldvcmp") != std::string::npos) return "build without JSON_USE_LEGACY_DISCARDED_VALUE_COMPARISON";
    return "build with the nlohmann/json headers that streamz was built with";
  }
  return "build it with the headers of this streamz";
}

[[noreturn]] void other_abi(const std::string& package, const std::string& difference, const std::string& hint) {
  throw Error(fmt::format("{} was built for another ABI: {}", package, printable(difference, 400)), hint, "E0147");
}

}  // namespace

ElfFacts read_elf(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) refuse(path, "cannot be read");
  if (S_ISDIR(info.st_mode)) refuse(path, "is not a shared library: a directory");
  if (S_ISFIFO(info.st_mode)) refuse(path, "is not a shared library: a FIFO");
  if (!S_ISREG(info.st_mode)) refuse(path, "is not a shared library: a device");
  const Reader file(fd, path, static_cast<std::uint64_t>(info.st_size));
  const Header header = read_header(file);
  const auto segments = file.table<Segment>(header.e_phoff, header.e_phnum * sizeof(Segment));
  require_whole(file, segments);
  ElfFacts facts;
  facts.needed = needed_libraries(file, segments);
  facts.tag = find_tag(file, segments);
  return facts;
}

void require_same_tag(const std::string& package, std::string_view tag, std::string_view here) {
  if (tag == here) return;
  const auto theirs = fields_of(tag);
  for (const auto& [field, value] : fields_of(here)) {
    std::string found;
    for (const auto& [other, text] : theirs) {
      if (other == field) found = text;
    }
    if (found == value) continue;
    const auto plain = [](const std::string& text) { return text.starts_with("nlohmann::") ? text.substr(10) : text; };
    other_abi(package, fmt::format("{}={}, here {}", field, plain(found), plain(value)), remedy(field, found, value));
  }
  other_abi(package, fmt::format("{}, here {}", tag, here), remedy("", "", ""));
}

void require_same_abi(const std::string& package, const std::string& file, const ElfFacts& facts,
                      std::string_view here) {
  if (!facts.tag) {
    throw Error(file + " is not a streamz plugin: no .note.streamz",
                "build it with streamz_add_plugin() and STREAMZ_PLUGIN", "E0147");
  }
  require_same_tag(package, *facts.tag, here);
  // Parts of a library can be built otherwise than the one that holds the tag.
  const bool sanitized = here.find(";san=none;") == std::string_view::npos;
  for (const std::string& library : facts.needed) {
    const bool sanitizer = library.starts_with("libasan.") || library.starts_with("libtsan.");
    if (sanitizer && !sanitized) other_abi(package, "needs " + library, "build without -fsanitize");
    if (library.starts_with("libc++.")) other_abi(package, "needs " + library, "build without -stdlib=libc++");
  }
}

}  // namespace streamz
