#include "cpp/vision/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#endif

namespace fastai::vision {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

constexpr off_t kMostBytes = off_t{1} << 31;
constexpr off_t kSmall = off_t{1} << 18;  // copied in some tens of microseconds

/// All of a regular file of less than `most` bytes; `read_some(target, size, position)` reads as read() does.
template <typename ReadSome>
std::optional<Bytes> read_all(int file, off_t most, const ReadSome& read_some) {
  struct stat about {};
  if (file < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size >= most) return std::nullopt;
  Bytes bytes(static_cast<size_t>(about.st_size));
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count = read_some(bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count <= 0) return std::nullopt;
    at += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace

std::optional<Bytes> read_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return read_all(file.number(), kMostBytes,
                  [&](uint8_t* to, size_t size, off_t) { return read(file.number(), to, size); });
}

#if defined(SYS_openat2) && defined(RESOLVE_CACHED) && defined(RWF_NOWAIT)
std::optional<Bytes> read_cached_file(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_CACHED;
  const Descriptor file(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof(how))));
  return read_all(file.number(), kSmall, [&](uint8_t* to, size_t size, off_t at) {
    const iovec part{to, size};
    return preadv2(file.number(), &part, 1, at, RWF_NOWAIT);
  });
}
#else
std::optional<Bytes> read_cached_file(const std::string&) { return std::nullopt; }
#endif

}  // namespace fastai::vision
