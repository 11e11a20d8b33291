#include "cpp/vision/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastai::vision {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
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

}  // namespace

std::optional<std::vector<uint8_t>> read_file(const std::string& path) {
  const Descriptor file(path);
  struct stat about {};
  if (file.number() < 0 || fstat(file.number(), &about) != 0) return std::nullopt;
  if (!S_ISREG(about.st_mode) || about.st_size >= kMostBytes) return std::nullopt;
  std::vector<uint8_t> bytes(static_cast<size_t>(about.st_size));
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count = read(file.number(), bytes.data() + at, bytes.size() - at);
    if (count <= 0) return std::nullopt;
    at += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace fastai::vision
