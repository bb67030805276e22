// The options of an overlay of many layers as one text for mount(2). Kernels before 6.8 take layers neither one by one nor
// as a text of more than 255 bytes by fsconfig(2); mount(2) takes a page. To fit there, layers are named from the
// folder that all of them are in, which the caller makes its working folder.
#ifndef OVERLAY_PAGE_H
#define OVERLAY_PAGE_H

#include <stddef.h>

#define OVERLAY_PAGE_SIZE 4096
#define OVERLAY_LAYER "lowerdir+="

struct overlay_page {
  char text[OVERLAY_PAGE_SIZE];
  size_t length;
  char folder[OVERLAY_PAGE_SIZE];  // that all layers are in
};

// Where a text begins with another one: what follows; else NULL.
static inline const char *overlay_after(const char *text, const char *beginning) {
  while (*beginning)
    if (*text++ != *beginning++) return NULL;
  return text;
}

// 0 where there was no room.
static inline int overlay_add(struct overlay_page *page, const char *text) {
  for (; *text; text++) {
    if (page->length + 1 >= sizeof page->text) return 0;
    page->text[page->length++] = *text;
  }
  page->text[page->length] = 0;
  return 1;
}

static inline const char *overlay_next(const char *option) {
  while (*option) option++;
  return option + 1;
}

// From options that each end with a NUL. 0, or 1 where they do not fit.
static inline int overlay_page_make(struct overlay_page *page, const char *options, const char *end) {
  page->length = 0;
  size_t common = 0;
  const char *first = NULL;
  for (const char *option = options; option < end; option = overlay_next(option)) {
    const char *path = overlay_after(option, OVERLAY_LAYER);
    if (!path) continue;
    size_t same = 0;
    if (!first) {
      first = path;
      while (path[same]) same++;
      common = same;
    }
    for (same = 0; same < common && path[same] && path[same] == first[same];) same++;
    common = same;
  }
  while (common > 0 && first[common - 1] != '/') common--;
  if (common < 2 || common > sizeof page->folder) return 1;
  for (size_t i = 0; i < common; i++) page->folder[i] = first[i];
  page->folder[common - 1] = 0;  // in place of the slash
  int fits = overlay_add(page, "lowerdir=");
  int layers = 0;
  for (const char *option = options; option < end; option = overlay_next(option)) {
    const char *path = overlay_after(option, OVERLAY_LAYER);
    if (path) fits = fits && (!layers++ || overlay_add(page, ":")) && overlay_add(page, path + common);
  }
  for (const char *option = options; option < end; option = overlay_next(option))
    if (!overlay_after(option, OVERLAY_LAYER)) fits = fits && overlay_add(page, ",") && overlay_add(page, option);
  return !fits;
}

#endif
