#include "config/interpolate.h"

#include <gmock/gmock.h>

#include "config/testing.h"

namespace pointsman::config {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Case {
  std::string_view text;
  std::string_view expected;
};

class Interpolation : public testing::TestWithParam<Case> {
 protected:
  static FakeHost host() {
    FakeHost made;
    made.variables = {{"A", "alpha"},
                      {"EMPTY", ""},
                      {"NESTED", "${A}"},
                      {"BAD", "a\nb\x01"},
                      {"CREDENTIALS_DIRECTORY", "/run/credentials/p"}};
    made.files.files = {{"conf/key", "secret\r\n"},
                        {"/abs", "absolute"},
                        {"conf/big", std::string(70'000, 'x')},
                        {"/run/credentials/p/openai", "sk-credential\n"}};
    return made;
  }
};

TEST_P(Interpolation, GivesTheText) {
  FakeHost made = host();
  const auto filled = interpolate(GetParam().text, "conf/pointsman.yaml", {made.files, made.environment()});
  EXPECT_EQ(filled ? *filled : "error: " + filled.error(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, Interpolation,
    testing::Values(Case{"", ""}, Case{"plain $ {A} $A", "plain $ {A} $A"}, Case{"${A}", "alpha"},
                    Case{"<${A}-${A}>", "<alpha-alpha>"}, Case{"$${A}", "${A}"}, Case{"a$${A}${A}", "a${A}alpha"},
                    Case{"${MISSING:-other}", "other"}, Case{"${MISSING:-}", ""}, Case{"${A:-other}", "alpha"},
                    Case{"${EMPTY:-other}", "other"}, Case{"${EMPTY}", ""}, Case{"${NESTED}", "${A}"},
                    Case{"${file:key}", "secret"}, Case{"${file:/abs}", "absolute"},
                    Case{"${credential:openai}", "sk-credential"},
                    Case{"${credential:}",
                         "error: ${credential:} names no credential; write ${credential:NAME} with the name of a file "
                         "in $CREDENTIALS_DIRECTORY"},
                    Case{"${credential:../key}",
                         "error: ${credential:../key} names no credential; write ${credential:NAME} with the name of a "
                         "file in $CREDENTIALS_DIRECTORY"},
                    Case{"${credential:none}",
                         "error: cannot read the file \"/run/credentials/p/none\": No such file or directory; check "
                         "the path and its rights"},
                    Case{"${MISSING}",
                         "error: the environment variable MISSING is not set; set it, or write ${MISSING:-default}"},
                    Case{"${A", "error: \"${\" is never closed; add the \"}\", or write $${ for a literal ${"},
                    Case{"${}",
                         "error: ${} is not a reference; write ${NAME}, ${NAME:-default}, ${file:PATH}, "
                         "${credential:NAME}, or $${ for a literal ${"},
                    Case{"${1A}",
                         "error: ${1A} is not a reference; write ${NAME}, ${NAME:-default}, ${file:PATH}, "
                         "${credential:NAME}, or $${ for a literal ${"},
                    Case{"${BAD}", "error: the environment variable BAD is not plain text"},
                    Case{"${file:}", "error: ${file:} names no file; write ${file:PATH}"},
                    Case{"${file:none}",
                         "error: cannot read the file \"none\": No such file or directory; check the path and its "
                         "rights"},
                    Case{"${file:big}",
                         "error: cannot read the file \"big\": is larger than 65536 bytes; check the path and its "
                         "rights"}));

TEST(InterpolatedCredential, NeedsAFolderOfTheServiceManager) {
  FakeHost host;
  for (const char* folder : {"", "relative"}) {
    host.variables["CREDENTIALS_DIRECTORY"] = folder;
    host.files.files["relative/openai"] = "sk-credential";
    const auto filled = interpolate("${credential:openai}", "pointsman.yaml", {host.files, host.environment()});
    ASSERT_FALSE(filled.has_value());
    EXPECT_THAT(filled.error(), HasSubstr("LoadCredential=openai:PATH"));
  }
}

TEST(InterpolatedFile, CanNeverBecomeYaml) {
  FakeHost host;
  host.variables["NAME"] = "x, admin: {address: 0.0.0.0:1}}\nworkers: 9";
  const std::string text = std::string(kSound) + "ledger: {path: \"${NAME}\"}\n";
  const auto loaded = host.load(text);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->admin);
  EXPECT_EQ(loaded->workers, 0);
  EXPECT_EQ(loaded->ledger.path, host.variables["NAME"]);
}

TEST(InterpolatedFile, NeverShowsWhatWasFilledIn) {
  FakeHost host;
  host.variables["SECRET"] = "hunter2 with spaces";
  const std::string problems = host.problems(
      "workers: ${SECRET}\nlimits: {idle_timeout: '${SECRET}', max_body: '${SECRET}'}\nlog: {level: '${SECRET}'}\n"
      "listen: ${SECRET}\nadmin: {address: '${SECRET}'}\n"
      "providers: {p: {api_key: '${SECRET}', base_url: '${SECRET}', ca_file: '${SECRET}', auth_header: '${SECRET}'}}\n"
      "models: {m: {provider: '${SECRET}', price: {input: '${SECRET}'}, capabilities: ['${SECRET}']}}\n"
      "categories: {c: {models: ['${SECRET}'], threshold: '${SECRET}', examples_file: '${SECRET}'}}\n"
      "rules: [{name: '${SECRET}', category: '${SECRET}', patterns: ['(${SECRET}']}]\n"
      "router: {name: '${SECRET}', fallback: ['${SECRET}'], classifier: '${SECRET}'}\n");
  EXPECT_THAT(problems, HasSubstr("workers: \"${SECRET}\" is not auto"));
  EXPECT_THAT(problems, Not(HasSubstr("hunter2")));
}

TEST(InterpolatedFile, LeavesKeysAlone) {
  FakeHost host;
  host.variables["A"] = "workers";
  EXPECT_THAT(host.problems(std::string(kSound) + "${A}: 2\n"), HasSubstr("unknown key"));
}

}  // namespace
}  // namespace pointsman::config
