#include "config/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

#include "config/testing.h"
#include "config/yaml_tree.h"

namespace pointsman::config {
namespace {

using testing::HasSubstr;

struct Wrong {
  std::string_view text;      // follows kSound, so its first line is line 4
  std::string_view expected;  // without "pointsman.yaml:"
};

class WrongFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, SaysWhatWhereAndWhatToWrite) {
  FakeHost host;
  const std::string text = std::string(kSound) + std::string(GetParam().text);
  EXPECT_EQ(host.problems(text), "pointsman.yaml:" + std::string(GetParam().expected) + "\n") << text;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongFile,
    testing::Values(
        Wrong{"limts: {}\n", "4:1: limts: unknown key; did you mean \"limits\"?"},
        Wrong{"limits:\n  max_bodi: 1MiB\n", "5:3: limits.max_bodi: unknown key; did you mean \"max_body\"?"},
        Wrong{"log: {xyzzy: 1}\n", "4:7: log.xyzzy: unknown key; known are: level, format"},
        Wrong{"log: {level: info}\nlog: {level: warn}\n",
              "5:1: log: is given twice, first in line 4; keep one of them"},
        Wrong{"? [a]\n: 1\n", "4:3: a list is used as a key; write a plain name"},
        Wrong{"<<: {workers: 2}\n", "4:1: <<: merge keys are not supported; write the keys out"},
        Wrong{"limits: 5\n", "4:9: limits: is a single value; write a map with the keys max_header_bytes, …"},
        Wrong{"rules: {a: b}\n", "4:8: rules: is a map; write a list, each rule after a \"-\""},
        Wrong{"rules: []\n", "4:8: rules: is an empty list; write at least one entry or remove the line"},
        Wrong{"categories: [a]\n",
              "4:13: categories: is a list; write a map from the name of each category to its keys"}));

INSTANTIATE_TEST_SUITE_P(
    Values, WrongFile,
    testing::Values(
        Wrong{"workers: many\n", "4:10: workers: \"many\" is not auto or a whole number; write auto or 1"},
        Wrong{"workers: 0\n", "4:10: workers: \"0\" is out of range; write a number from 1 to 1024"},
        Wrong{"workers:\n", "4:1: workers: is empty; write a value or remove the line"},
        Wrong{"workers: [2]\n", "4:10: workers: is a list; write a single value"},
        Wrong{"limits: {idle_timeout: 10}\n",
              "4:24: limits.idle_timeout: \"10\" is not a duration; write a number and a unit, such as 250ms, 10s, 5m, "
              "24h or 30d"},
        Wrong{"limits: {idle_timeout: 2d}\n", "4:24: limits.idle_timeout: \"2d\" is out of range; write 1ms to 1d"},
        Wrong{"limits: {max_body: 20 M}\n",
              "4:20: limits.max_body: \"20 M\" is not a size; write a number and a unit, such as 32KiB, 20MiB or 1GB"},
        Wrong{"limits: {max_body: 12}\n", "4:20: limits.max_body: \"12\" is out of range; write 1KiB to 1GiB"},
        Wrong{"limits: {max_headers: 1e3}\n",
              "4:23: limits.max_headers: \"1e3\" is not a whole number; write digits only, such as 8"},
        Wrong{"log: {level: inof}\n", "4:14: log.level: \"inof\" is not a choice here; did you mean \"info\"?"},
        Wrong{"listen: localhost\n",
              "4:9: listen.address: \"localhost\" is not an address; write host:port such as 127.0.0.1:8080 or "
              "[::1]:8080"},
        Wrong{"listen: {address: 127.0.0.1:99999}\n",
              "4:19: listen.address: \"127.0.0.1:99999\" has no valid port; write a number from 0 to 65535 after the "
              "colon"},
        Wrong{"listen: {tls: {cert: c.pem, key: k.pem}}\nlog: {}\n",
              "4:22: listen.tls.cert: cannot read the file \"c.pem\": No such file or directory; check the path and "
              "its rights\npointsman.yaml:4:34: listen.tls.key: cannot read the file \"k.pem\": No such file or "
              "directory; check the path and its rights"},
        Wrong{"listeners: [{tls: {}}]\n",
              "4:19: listeners[0].tls.cert: is missing; write cert: PEM file with the certificate and its chain\n"
              "pointsman.yaml:4:19: listeners[0].tls.key: is missing; write key: PEM file with the private key"},
        Wrong{"ledger: {store_prompts: maybe}\n",
              "4:25: ledger.store_prompts: \"maybe\" is not a choice here; known are: off, full"}));

// These stand in the router or in categories and rules of their own.
INSTANTIATE_TEST_SUITE_P(
    References, WrongFile,
    testing::Values(
        Wrong{"categories: {a: {models: [smal]}}\n",
              "4:27: categories.a.models[0]: there is no model \"smal\"; did you mean \"small\"?"},
        Wrong{"categories: {a: {models: []}}\n",
              "4:26: categories.a.models: is an empty list; write at least one entry or remove the line"},
        Wrong{"categories: {a: {threshold: 0.5}}\n",
              "4:17: categories.a.models: is missing; write models: Models that may answer; strategy says which first"},
        Wrong{"categories: {a: {models: [small, small]}}\n",
              "4:34: categories.a.models[1]: \"small\" is listed twice; remove one of them"},
        Wrong{
            "categories: {a: {models: [small], threshold: 1.5}}\n",
            "4:46: categories.a.threshold: \"1.5\" is not a probability; write a number above 0 and at most 1, such as "
            "0.6"},
        Wrong{"categories: {a b: {models: [small]}}\n",
              "4:19: categories.\"a b\": \"a b\" is not usable as the name of a category; write up to 128 ASCII "
              "letters, digits and - _ . / :"},
        Wrong{"categories: {a: {models: [small], examples_file: no.jsonl}}\n",
              "4:50: categories.a.examples_file: cannot read the file \"no.jsonl\": No such file or directory; check "
              "the path and its rights"},
        Wrong{"rules: [{name: r, category: b, keywords: [x]}]\n",
              "4:29: rules[0].category: there is no category \"b\"; none is defined"},
        Wrong{"categories: {a: {models: [small]}}\nrules: [{name: r, category: a}]\n",
              "5:9: rules[0]: can never match; write keywords or patterns"},
        Wrong{"categories: {a: {models: [small]}}\nrules: [{name: r, category: a, patterns: ['(']}]\n",
              "5:43: rules[0].patterns[0]: is not an RE2 regular expression: missing ): ("},
        Wrong{"categories: {a: {models: [small]}}\nrules:\n- {name: r, category: a, keywords: [x]}\n"
              "- {name: r, category: a, keywords: [y]}\n",
              "7:10: rules[1].name: there is already a rule \"r\"; give it another name"},
        Wrong{"listeners: [':80', '127.0.0.1:80']\n",
              "4:20: listeners[1]: 127.0.0.1:80 is listened on twice; remove one of them"},
        Wrong{"listen: :80\nadmin: :80\n",
              "5:8: admin.address: 127.0.0.1:80 is also a client listener; choose another port"}));

struct WrongModels {
  std::string_view text;  // the whole file
  std::string_view expected;
};

class WrongModelFile : public testing::TestWithParam<WrongModels> {};

TEST_P(WrongModelFile, SaysWhatWhereAndWhatToWrite) {
  FakeHost host;
  EXPECT_EQ(host.problems(GetParam().text), "pointsman.yaml:" + std::string(GetParam().expected) + "\n");
}

#define PROVIDER "providers: {openai: {api_key: k}}\n"
#define MODEL "models: {m: {provider: openai}}\n"
INSTANTIATE_TEST_SUITE_P(
    Models, WrongModelFile,
    testing::Values(
        WrongModels{PROVIDER, " models: is missing; write at least one model"},
        WrongModels{MODEL,
                    " providers: is missing; write at least one provider\n"
                    "pointsman.yaml:1:24: models.m.provider: there is no provider \"openai\"; none is defined"},
        WrongModels{PROVIDER "models: {m: {provider: opnai}}\n",
                    "2:24: models.m.provider: there is no provider \"opnai\"; did you mean \"openai\"?"},
        WrongModels{PROVIDER "models: {m: {}}\n",
                    "2:13: models.m.provider: is missing; write provider: Name of the provider that serves it"},
        WrongModels{
            PROVIDER "models: {gpt-5.1: {provider: openai, price: {input: $1}}}\n",
            "2:53: models.\"gpt-5.1\".price.input: \"$1\" is not a price; write dollars per million tokens with "
            "at most 6 decimals, such as 0.25"},
        WrongModels{PROVIDER "models: {m: {provider: openai, capabilities: [tools, visoin]}}\n",
                    "2:54: models.m.capabilities[1]: \"visoin\" is not a choice here; did you mean \"vision\"?"},
        WrongModels{PROVIDER "models: {m: {provider: openai, context_window: 100, max_output: 101}}\n",
                    "2:65: models.m.max_output: 101 is more than the context_window of 100; write at most that"},
        WrongModels{PROVIDER "models: {auto: {provider: openai}}\n",
                    "2:16: models.auto: \"auto\" is the router's own name; rename the model or set router.name"},
        WrongModels{PROVIDER "models: {a: {provider: openai}, b: {provider: openai}}\n",
                    " router.fallback: is missing; list the most capable model first: it answers whatever the router "
                    "doubts"},
        WrongModels{PROVIDER MODEL "router: {fallback: [m, n]}\n",
                    "3:24: router.fallback[1]: there is no model \"n\"; did you mean \"m\"?"},
        WrongModels{"providers: {mine: {api_key: k}}\nmodels: {m: {provider: mine}}\n",
                    "1:19: providers.mine.base_url: is missing; write where the API begins, such as "
                    "https://api.example.com/v1"},
        WrongModels{"providers: {openai: {base_url: ftp://x}}\n" MODEL,
                    "1:32: providers.openai.base_url: is not an http or https URL; write https://host/path"},
        WrongModels{"providers: {openai: {base_url: 'https://me:pw@x/v1'}}\n" MODEL,
                    "1:32: providers.openai.base_url: must not contain a user or password; put the key in api_key"},
        WrongModels{"providers: {openai: {headers: {Host: x}}}\n" MODEL,
                    "1:38: providers.openai.headers.Host: the header \"Host\" is set by the gateway itself; remove it"},
        WrongModels{"providers: {openai: {headers: {\"a b\": x}}}\n" MODEL,
                    "1:32: providers.openai.headers: \"a b\" is not a header name; write letters, digits and \"-\""}));

INSTANTIATE_TEST_SUITE_P(
    Yaml, WrongModelFile,
    testing::Values(
        WrongModels{"a: [1\n", "2:1: is not valid YAML: end of sequence flow not found; check indentation and quotes"},
        WrongModels{"a: *nobody\n",
                    "1:4: is not valid YAML: the referenced anchor is not defined; check indentation and quotes"},
        WrongModels{"a: &a [*a]\n", "1:8: the alias stands inside the value it repeats; write the value out"},
        WrongModels{"a: 1\n---\nb: 2\n", " holds more than one YAML document; remove what follows the second '---'"},
        WrongModels{"log: {}\nx: \"\x04\"\n", "2:5: control character 0x04; remove it"},
        WrongModels{"x: \xff\n", " is not UTF-8 text; save it as UTF-8"},
        WrongModels{"",
                    " providers: there are no providers and no models; write them, or set a known key such as "
                    "OPENAI_API_KEY"}));

TEST(Load, ReportsHundredsOfProblemsTogetherInTheOrderOfTheFile) {
  std::string text(kSound);
  for (int i = 0; i < 700; ++i) text += fmt::format("wrong_key_{}: 1\n", i);
  FakeHost host;
  const auto loaded = host.load(text);
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), 700U);
  for (int i = 0; i < 700; ++i) EXPECT_EQ(loaded.error()[static_cast<std::size_t>(i)].mark, (Mark{4 + i, 1}));
}

TEST(Load, SaysHowManyProblemsItDoesNotShow) {
  std::string text(kSound);
  for (int i = 0; i < 2'500; ++i) text += fmt::format("k{}: 1\n", i);
  FakeHost host;
  const auto loaded = host.load(text);
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), Problems::kMax + 1);
  EXPECT_EQ(loaded.error().back().message, "500 more problems are not shown");
}

TEST(Load, RefusesAFileThatIsTooLarge) {
  FakeHost host;
  EXPECT_THAT(host.problems(std::string(YamlTree::kMaxBytes + 1, '#')), HasSubstr("is larger than 1048576 bytes"));
}

TEST(Load, RefusesDeepNesting) {
  FakeHost host;
  EXPECT_THAT(host.problems("x: " + std::string(100, '[') + std::string(100, ']')),
              HasSubstr("values are nested deeper than 64"));
  EXPECT_FALSE(host.problems(std::string(200'000, '[')).empty());
  EXPECT_FALSE(host.problems(std::string(200'000, '{')).empty());
}

TEST(Load, StopsAtTheCapWhenAliasesWouldExpand) {
  // Each rule repeats one list of 1,000 keywords: 300,000 values from a text of a few kilobytes.
  std::string text =
      std::string(kSound) + "categories: {c: {models: [small]}}\nrules:\n- {name: r, category: c, keywords: &k [";
  for (int i = 0; i < 1'000; ++i) text += fmt::format("w{}, ", i);
  text += "z]}\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("- {{name: r{}, category: c, keywords: *k}}\n", i);
  FakeHost host;
  EXPECT_THAT(host.problems(text), HasSubstr("aliases expand to more than 100000 values"));
}

TEST(Load, FollowsAliasesOfReasonableSize) {
  FakeHost host;
  const auto loaded = host.load(
      "providers: {a: &p {base_url: 'http://h/v1', connect_timeout: 1s}, b: *p}\n"
      "models: {m: {provider: a}, n: {provider: b}}\nrouter: {fallback: [m]}\n");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->providers[1].base_url.to_string(), "http://h/v1");
  EXPECT_EQ(loaded->providers[1].name, "b");
}

TEST(Load, ReadsEveryKindOfValue) {
  FakeHost host;
  host.files.files = {{"conf/ca.pem", "x"},
                      {"conf/more.jsonl",
                       "\"one\"\n\n{\"text\": \"two\", \"category\": \"a\"}\n"
                       "{\"text\": \"no\", \"category\": \"b\"}\n"}};
  const auto loaded = host.load(
      "listeners: ['[::1]:1', {address: 'h:2'}]\nadmin: :3\nworkers: 4\n"
      "providers:\n  p: {base_url: 'https://h/', api_key: k, verify: false, ca_file: ca.pem, headers: {x-a: b c}}\n"
      "models:\n  m: {provider: p, upstream: u, price: {input: 0.000001, output: 2.5}, capabilities: [vision, tools]}\n"
      "categories: {a: {models: [m], examples: [zero], examples_file: more.jsonl}}\n"
      "router: {classifier: none, stages: [rules, header], default_threshold: 0.7, retries: {budget: 12.5%}}\n"
      "ledger: {path: l.sqlite, retention: 1.5h, store_prompts: full}\n",
      "conf/pointsman.yaml");
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(loaded->listeners[0].address.to_string(), "[::1]:1");
  EXPECT_EQ(loaded->listeners[1].address, (Address{"h", 2}));
  EXPECT_EQ(loaded->admin->address, (Address{"127.0.0.1", 3}));
  EXPECT_EQ(loaded->workers, 4);
  EXPECT_FALSE(loaded->providers[0].verify);
  EXPECT_EQ(loaded->providers[0].ca_file, "conf/ca.pem");
  EXPECT_EQ(loaded->providers[0].base_url.to_string(), "https://h");
  EXPECT_EQ(loaded->providers[0].headers[0].value.reveal(), "b c");
  EXPECT_EQ(loaded->models[0].price.input->picos, 1);
  EXPECT_EQ(loaded->models[0].upstream, "u");
  EXPECT_EQ(loaded->models[0].capabilities, (llm::CapabilitySet{llm::Capability::kTools, llm::Capability::kVision}));
  EXPECT_EQ(loaded->categories[0].examples, (std::vector<std::string>{"zero", "one", "two"}));
  EXPECT_EQ(loaded->categories[0].threshold, 0.7F);
  EXPECT_EQ(loaded->router.fallback, std::vector<std::string>{"m"});
  EXPECT_EQ(loaded->router.stages, (std::vector<RouterStage>{RouterStage::kRules, RouterStage::kHeader}));
  EXPECT_EQ(loaded->router.retries.budget, 0.125F);
  EXPECT_EQ(loaded->ledger.path, "conf/l.sqlite");
  EXPECT_EQ(loaded->ledger.retention, std::chrono::minutes(90));
  EXPECT_EQ(loaded->version.size(), 64U);
}

TEST(Load, TakesASentenceEncoderAsAFolderOrWithAllItsSettings) {
  FakeHost host;
  const std::string sound = "providers: {openai: {api_key: k}}\nmodels: {m: {provider: openai}}\n";
  const auto plain = host.load(sound + "router: {encoder: models/minilm}\n", "conf/pointsman.yaml");
  ASSERT_TRUE(plain) << plain.error().front().to_string();
  EXPECT_EQ(plain->router.encoder->path, "conf/models/minilm");
  EXPECT_EQ(plain->router.encoder->precision, encode::Precision::kAuto);
  EXPECT_EQ(plain->router.encoder->threads, 1);
  EXPECT_EQ(plain->router.encoder->queue, 64);
  EXPECT_EQ(plain->router.encoder->batch, 8);
  EXPECT_EQ(plain->router.encoder->deadline.count(), 50);
  const auto full = host.load(
      sound + "router: {encoder: {path: /e, precision: i8, threads: 2, queue: 3, batch: 4, deadline: 5ms}}\n");
  ASSERT_TRUE(full) << full.error().front().to_string();
  EXPECT_EQ(full->router.encoder->path, "/e");
  EXPECT_EQ(full->router.encoder->precision, encode::Precision::kI8);
  EXPECT_EQ(full->router.encoder->threads, 2);
  EXPECT_EQ(full->router.encoder->queue, 3);
  EXPECT_EQ(full->router.encoder->batch, 4);
  EXPECT_EQ(full->router.encoder->deadline.count(), 5);
  EXPECT_NE(full->version, plain->version);
  EXPECT_FALSE(host.load(sound)->router.encoder.has_value());
  EXPECT_THAT(host.problems(sound + "router: {encoder: {threads: 0, precision: f16}}\n"),
              testing::AllOf(testing::HasSubstr("router.encoder.path: is missing"),
                             testing::HasSubstr("router.encoder.threads: "),
                             testing::HasSubstr("router.encoder.precision: \"f16\" is not a choice here")));
}

TEST(Load, TakesAnUnsetCapabilityListAsUnknownAndAnEmptyOneAsNone) {
  FakeHost host;
  const auto loaded = host.load(PROVIDER
                                "models: {m: {provider: openai, capabilities: []}, n: {provider: openai}}\n"
                                "router: {fallback: [m]}\n");
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->models[0].capabilities && loaded->models[0].capabilities->empty());
  EXPECT_FALSE(loaded->models[1].capabilities);
}

TEST(Load, AcceptsSectionsWhoseKeysAreAllCommentedOut) {
  FakeHost host;
  EXPECT_EQ(host.problems(std::string(kSound) + "limits:\n  # max_body: 1MiB\nrules:\ncategories:\nadmin:\n"), "");
}

TEST(Load, NamesTheLineOfABrokenExamplesFile) {
  FakeHost host;
  host.files.files = {{"e.jsonl", "\"fine\"\n{\"txt\": 1}\n"}};
  EXPECT_EQ(host.problems(std::string(kSound) + "categories: {a: {models: [small], examples_file: e.jsonl}}\n"),
            "pointsman.yaml:4:50: categories.a.examples_file: \"e.jsonl\": line 2: write a JSON string or {\"text\": "
            "\"...\"}\n");
}

}  // namespace
}  // namespace pointsman::config
