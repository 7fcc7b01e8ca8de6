(() => {
  const root = document.documentElement;
  const buttons = document.querySelectorAll("button[data-set]");
  const show = (lang) => {
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-CN" : "en";
    buttons.forEach((b) => b.setAttribute("aria-pressed", b.dataset.set === lang));
  };
  buttons.forEach((b) => b.addEventListener("click", () => show(b.dataset.set)));
  const asked = location.hash.slice(1);
  const zh = asked === "zh" || (asked !== "en" && navigator.language.startsWith("zh"));
  show(zh ? "zh" : "en");
})();
