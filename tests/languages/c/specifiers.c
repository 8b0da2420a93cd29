#--- path: specifiers.c ---#
#ifdef __cplusplus
extern "C" { /* for C++ */
#endif
extern lib_api my_size lib_read(my_file *file, char *into);
#                      ^^^^^^^^ def function lib_read [declaration]
lib_inline my_size
lib_read(my_file *file, char *into) { return fill(file); }
#< def function lib_read
#                                            ^^^^ call lib_read -> ?fill
static lib_inline unsigned lib_count(const my_file *file) { return file->count; }
#                          ^^^^^^^^^ def function lib_count [static]
unsigned long lib_size(void) { return 0; }
#             ^^^^^^^^ def function lib_size
#if defined(__cplusplus)
}
#endif
