// asyncore's behaviours on files, by number (reactor/async_chat/BEHAVIOURS.md).

#include "reactor/async_chat/file_channel.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

constexpr absl::string_view kText = "It's not dead, it's sleeping!";

class FileTest : public ChannelMapTest {
 protected:
  FileTest() {
    std::string path = testing::TempDir() + "parley_file_test_XXXXXX";
    file_.Reset(::mkstemp(path.data()));
    ::unlink(path.c_str());
    EXPECT_EQ(::write(file_.get(), kText.data(), kText.size()), static_cast<ssize_t>(kText.size()));
    ::lseek(file_.get(), 0, SEEK_SET);
  }

  // What there is between where the descriptor stands and the end.
  static std::string Rest(const UniqueFd& fd) {
    char buffer[4096];
    const ssize_t count = ::read(fd.get(), buffer, sizeof(buffer));
    return count <= 0 ? "" : std::string(buffer, static_cast<size_t>(count));
  }

  static bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

  UniqueFd file_;
};

TEST_P(FileTest, Behaviour26_WrapperHasItsOwnDescriptor) {
  FileWrapper wrapper(file_.get());
  EXPECT_NE(wrapper.descriptor(), file_.get());
  file_.Reset();
  std::byte bytes[4];
  EXPECT_EQ(*wrapper.Recv(bytes), 4u);
  EXPECT_NE(::fcntl(wrapper.descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(FileTest, Behaviour27_WrapperReadsWhereTheLastReadEnded) {
  FileWrapper wrapper(file_.get());
  std::byte bytes[64];
  EXPECT_EQ(AsText({bytes, *wrapper.Recv(std::span(bytes).first(13))}), "It's not dead");
  EXPECT_EQ(AsText({bytes, *wrapper.Recv(std::span(bytes).first(6))}), ", it's");
  EXPECT_EQ(AsText({bytes, *wrapper.Recv(bytes)}), " sleeping!");
  EXPECT_EQ(*wrapper.Recv(bytes), 0u);
}

TEST_P(FileTest, Behaviour28_WrapperAppendsWhatIsSent) {
  ::lseek(file_.get(), 0, SEEK_END);
  FileWrapper wrapper(file_.get());
  EXPECT_EQ(*wrapper.Send(AsBytes(" It's")), 5u);
  EXPECT_EQ(*wrapper.Send(AsBytes(" resting.")), 9u);
  ::lseek(file_.get(), 0, SEEK_SET);
  EXPECT_EQ(Rest(file_), std::string(kText) + " It's resting.");
}

class RecordingFile : public FileChannel {
 public:
  using FileChannel::FileChannel;
  bool Writable() const override { return false; }
  void HandleRead() override {
    std::byte bytes[10];
    absl::StrAppend(&data, AsText({bytes, Recv(bytes)}));
  }
  void HandleClose(CloseReason reason) override { closes.push_back(reason.cause); }
  std::string data;
  std::vector<CloseCause> closes;
};

TEST_P(FileTest, Behaviour29_DispatcherOnARegularFileReadsItToItsEnd) {
  RecordingFile channel(*map_, file_.get());
  file_.Reset();
  map_->Loop();
  EXPECT_EQ(channel.data, kText);
  EXPECT_THAT(channel.closes, testing::ElementsAre(CloseCause::kPeerClosed));
}

TEST_P(FileTest, Behaviour29_DispatcherOnARegularFileWritesIt) {
  class Writer : public RecordingFile {
   public:
    using RecordingFile::RecordingFile;
    bool Readable() const override { return false; }
    bool Writable() const override { return true; }
    void HandleWrite() override {
      sent = Send("written");
      Close();
    }
    size_t sent = 0;
  };
  Writer channel(*map_, file_.get());
  map_->Loop();
  EXPECT_EQ(channel.sent, 7u);
  ::lseek(file_.get(), 0, SEEK_SET);
  EXPECT_EQ(Rest(file_).substr(0, 7), "written");
}

TEST_P(FileTest, Behaviour29_DispatcherOnAPipeReadsUntilTheWriterEnds) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  const UniqueFd from(fds[0]);
  UniqueFd to(fds[1]);
  RecordingFile reader(*map_, from.get());
  {
    RecordingFile writer(*map_, to.get());
    to.Reset();
    writer.SendAll("through a pipe, ");
    EXPECT_TRUE(LoopUntil(*map_, [&] { return reader.data == "through a pipe, "; }));
    writer.SendAll("and the end");
  }
  map_->Loop();
  EXPECT_EQ(reader.data, "through a pipe, and the end");
  EXPECT_THAT(reader.closes, testing::ElementsAre(CloseCause::kPeerClosed));
}

TEST_P(FileTest, Behaviour30_ForgottenWrapperClosesItsDescriptor) {
  int descriptor = -1;
  {
    const FileWrapper wrapper(file_.get());
    descriptor = wrapper.descriptor();
    EXPECT_TRUE(IsOpen(descriptor));
  }
  EXPECT_FALSE(IsOpen(descriptor));
}

TEST_P(FileTest, Behaviour30_SecondCloseIsHarmlessAfterAFailedOne) {
  FileWrapper wrapper(file_.get());
  ::close(wrapper.descriptor());  // behind its back
  EXPECT_FALSE(wrapper.Close().ok());
  EXPECT_TRUE(wrapper.Close().ok());
  EXPECT_FALSE(wrapper.is_open());
}

TEST_P(FileTest, ChannelOnAnInvalidDescriptorIsClosedFromTheBeginning) {
  LogLines log;
  const RecordingFile channel(*map_, -1);
  EXPECT_FALSE(channel.is_open());
  EXPECT_TRUE(map_->empty());
  EXPECT_EQ(log.Count("a file channel cannot be opened"), 1u);
}

INSTANTIATE_TEST_SUITE_P(Engines, FileTest, testing::ValuesIn(EngineNames()), EngineTestName);

}  // namespace
}  // namespace parley
