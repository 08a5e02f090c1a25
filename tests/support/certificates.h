// Certificates made at test time: an authority and the leaves it signs, as PEM files in a directory of their own that
// is removed at the end.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace pointsman::test_support {

class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")) {
    std::string pattern = (std::filesystem::temp_directory_path() / "pointsman-tls-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    certificate_ = make(key_.get(), "CN", "Test Authority", nullptr, "critical,CA:TRUE");
    write_certificate("ca.pem", certificate_.get());
  }
  ~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string ca_file() const { return (directory_ / "ca.pem").string(); }
  std::string certificate_file() const { return (directory_ / "leaf.pem").string(); }
  std::string key_file() const { return (directory_ / "leaf.key").string(); }

  // Signs a leaf for `names`, e.g. "DNS:api.test,IP:127.0.0.1".
  void issue(const std::string& names) {
    const Key leaf_key(EVP_EC_gen("P-256"));
    const Certificate leaf = make(leaf_key.get(), "O", "Test Leaf", names.c_str(), "critical,CA:FALSE");
    write_certificate("leaf.pem", leaf.get());
    const File file(std::fopen(key_file().c_str(), "w"));
    PEM_write_PrivateKey(file.get(), leaf_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;
  using File = std::unique_ptr<std::FILE, Free>;

  Certificate make(EVP_PKEY* key, const char* field, const char* name, const char* alternative_names,
                   const char* constraints) {
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key);
    X509_NAME* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(made.get(), certificate_ ? X509_get_subject_name(certificate_.get()) : subject);
    add_extension(made.get(), NID_basic_constraints, constraints);
    if (alternative_names != nullptr) add_extension(made.get(), NID_subject_alt_name, alternative_names);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    return made;
  }
  static void add_extension(X509* to, int nid, const char* value) {
    const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
    X509_add_ext(to, extension.get(), -1);
  }
  void write_certificate(const char* name, X509* certificate) {
    const File file(std::fopen((directory_ / name).c_str(), "w"));
    PEM_write_X509(file.get(), certificate);
  }

  std::filesystem::path directory_;
  Key key_;
  Certificate certificate_;
  long serial_ = 0;
};

}  // namespace pointsman::test_support
