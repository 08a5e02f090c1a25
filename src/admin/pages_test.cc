#include "admin/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

using testing::HasSubstr;

TEST(Pages, TheDashboardIsInTheProgram) {
  const Pages& pages = Pages::built_in();
  const Page* const home = pages.find("/");
  ASSERT_NE(home, nullptr);
  EXPECT_EQ(home->path, "/index.html");
  EXPECT_THAT(std::string(home->bytes), HasSubstr("<div id=\"app\">"));
  EXPECT_EQ(pages.find("/decisions/some-id"), home);
  EXPECT_FALSE(home->immutable());
  EXPECT_EQ(pages.find("/assets/gone.js"), nullptr);
  std::size_t transferred = 0;
  for (const Page& page : pages.all()) {
    EXPECT_EQ(pages.find(page.path), &page);
    EXPECT_EQ(page.digest.size(), 16U);
    transferred += page.brotli.empty() ? page.bytes.size() : page.brotli.size();
    // What the application names is there.
    if (page.path.ends_with(".js") || page.path.ends_with(".css")) EXPECT_TRUE(page.immutable()) << page.path;
  }
  EXPECT_LT(transferred, 150U << 10);
}

TEST(Pages, APackThatIsDamagedIsRefused) {
  EXPECT_TRUE(Pages::open("/a\ttext/html\t0123\t2\t1\n\nabc").has_value());
  for (const char* broken : {"/a\ttext/html\t0123\t2\t2\n\nabc", "/a\ttext/html\t0123\tx\t1\n\nabc", "/a\n\n"}) {
    EXPECT_FALSE(Pages::open(broken).has_value()) << broken;
  }
}

TEST(TakesBrotli, WhereTheHeaderSaysSo) {
  EXPECT_TRUE(takes_brotli("gzip, deflate, br"));
  EXPECT_TRUE(takes_brotli("br;q=0.5"));
  EXPECT_TRUE(takes_brotli("br"));
  EXPECT_FALSE(takes_brotli("br;q=0"));
  EXPECT_FALSE(takes_brotli("gzip, brx"));
  EXPECT_FALSE(takes_brotli(""));
}

}  // namespace
}  // namespace pointsman::admin
