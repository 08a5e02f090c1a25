# What is installed beside the program, and the Debian package of it: `./dev package`, or cpack after a build of the
# target package_files. Paths are Debian's; another prefix moves what is not absolute.
include(GNUInstallDirs)
set(PM_CONFIG_FOLDER /etc/pointsman)
set(PM_UNIT_FOLDER /lib/systemd/system CACHE PATH "Where systemd's units are installed")
set(PM_DOC_FOLDER ${CMAKE_INSTALL_DATAROOTDIR}/doc/pointsman)
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(made ${CMAKE_BINARY_DIR}/package)

find_package(Python3 3.11 COMPONENTS Interpreter)
find_program(PM_GZIP gzip)
if(NOT Python3_FOUND OR NOT PM_GZIP OR NOT TARGET pointsman)
  return()
endif()

# The manual page says what the program says; the changelog is the packaging's.
add_custom_command(
  OUTPUT ${made}/pointsman.1.gz ${made}/changelog.Debian.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND Python3::Interpreter ${packaging}/deb/man_page.py $<TARGET_FILE:pointsman> > ${made}/pointsman.1
  COMMAND ${PM_GZIP} -9nf ${made}/pointsman.1
  COMMAND ${PM_GZIP} -9nc ${packaging}/deb/changelog > ${made}/changelog.Debian.gz
  DEPENDS pointsman ${packaging}/deb/man_page.py ${packaging}/deb/changelog
  COMMENT "The manual page and the changelog"
  VERBATIM)
if(POINTSMAN_E2E)
  set(with_all ALL)
endif()
add_custom_target(package_files ${with_all} DEPENDS ${made}/pointsman.1.gz ${made}/changelog.Debian.gz)

install(TARGETS pointsman RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT gateway)
install(FILES ${made}/pointsman.1.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/man/man1 COMPONENT gateway)
install(FILES ${packaging}/systemd/pointsman.service DESTINATION ${PM_UNIT_FOLDER} COMPONENT gateway)
install(PROGRAMS ${packaging}/systemd/run DESTINATION lib/pointsman COMPONENT gateway)
install(FILES ${packaging}/pointsman.yaml DESTINATION ${PM_CONFIG_FOLDER} COMPONENT gateway)
install(DIRECTORY DESTINATION ${PM_CONFIG_FOLDER}/credentials COMPONENT gateway
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES ${packaging}/deb/copyright DESTINATION ${PM_DOC_FOLDER} COMPONENT gateway)
install(FILES ${made}/changelog.Debian.gz DESTINATION ${PM_DOC_FOLDER} COMPONENT gateway)
install(FILES ${packaging}/deb/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides
        RENAME pointsman COMPONENT gateway)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${PM_DOC_FOLDER} COMPONENT gateway
        FILES_MATCHING PATTERN "*.md" PATTERN "*.schema.json" PATTERN "images" EXCLUDE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples/ DESTINATION ${PM_DOC_FOLDER}/examples COMPONENT gateway
        FILES_MATCHING PATTERN "*.yaml" PATTERN "*.jsonl" PATTERN "embed_growing_json" EXCLUDE)
install(DIRECTORY ${packaging}/prometheus ${packaging}/grafana ${packaging}/proxy
        DESTINATION ${PM_DOC_FOLDER}/examples COMPONENT gateway)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL gateway)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_NAME pointsman)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "Pointsman")
set(CPACK_PACKAGE_CONTACT "Pointsman maintainers <maintainers@pointsman.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libpq5 (>= 14)")  # opened when it is needed, so that dpkg-shlibdeps does not see it
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nginx | haproxy, prometheus")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "routing gateway for language models")
set(CPACK_PACKAGE_DESCRIPTION "Pointsman stands between applications and providers of language models. It
sends each prompt to the cheapest model that can answer it, and to the most
capable one whenever it is in doubt. It speaks OpenAI's and Anthropic's
protocols, keeps budgets, and records every decision so that it can be
explained and made again.

The service is installed, but neither enabled nor started: it needs the keys
of your providers first.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/deb/conffiles ${packaging}/deb/postinst ${packaging}/deb/prerm
    ${packaging}/deb/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
