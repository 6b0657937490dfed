// Persian: written from right to left.

export default {
  save: "ذخیره", delete: "حذف", cancel: "لغو", apply: "اعمال", close: "بستن", edit: "ویرایش",
  search: "جستجو", scrapeWith: "دریافت از…", scrapeQuery: "جستجوی منبع", scrape: "دریافت",
  reloadScrapers: "بارگذاری دوباره منابع", setImage: "انتخاب تصویر…", title: "عنوان",
  code: "کد استودیو", urls: "نشانی‌ها", url: "نشانی", date: "تاریخ", director: "کارگردان",
  galleries: "گالری‌ها", studio: "استودیو", studios: "استودیوها", performers: "بازیگران",
  groups: "گروه‌ها", group: "گروه", tags: "برچسب‌ها", tag: "برچسب", details: "جزئیات",
  coverImage: "تصویر جلد", sceneNumber: "شماره صحنه", selectGalleries: "انتخاب گالری‌ها",
  selectStudio: "انتخاب استودیو", selectPerformers: "انتخاب بازیگران", selectGroup: "انتخاب گروه",
  selectGroups: "انتخاب گروه‌ها", selectTags: "انتخاب برچسب‌ها", scenes: "صحنه‌ها", scene: "صحنه",
  images: "تصویرها", markers: "نشانه‌ها", filters: "صافی‌ها", fileInfo: "مشخصات پرونده",
  history: "تاریخچه", queue: "صف", organized: "مرتب‌شده", operations: "عملیات",
  playCount: "تعداد پخش", rescan: "پویش دوباره", generate: "تولید", merge: "ادغام",
  existing: "موجود", scraped: "دریافت‌شده", results: "نتایج دریافت صحنه", query: "جستجوی صحنه",
  releaseNotes: "یادداشت‌های انتشار", donate: "کمک مالی", statistics: "آمار", settings: "تنظیمات",
  help: "راهنما", logout: "خروج", createdAt: "ایجاد شده در", updatedAt: "به‌روز شده در",
  updated: "صحنه به‌روز شد", created: "ایجاد شد:", deleted: "صحنه حذف شد",
  leave: "تغییرات ذخیره نشده‌اند. خارج می‌شوید؟", loading: "در حال بارگذاری...", name: "نام",
  deleteTitle: "حذف صحنه", deleteSure: "این صحنه حذف شود؟", path: "مسیر", rating: "امتیاز",
  duration: "مدت", error: "خطا", copy: "رونوشت", new: "جدید", selectAll: "انتخاب همه",
  likeCount: "پسند",
};
