// Runs before the first paint, so that a dark room never sees a white flash.
(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = read("yct.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const chosen = read("yct.lang");
  root.lang = chosen ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en");
})();
