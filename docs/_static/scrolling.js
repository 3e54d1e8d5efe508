// Code, formulas and tables that are wider than the page scroll sideways: let the keyboard reach them.
(() => {
  const names = { PRE: "code", TABLE: "table", DIV: "formula or table" };
  const update = () => {
    for (const box of document.querySelectorAll("pre, div.math, .table-wrapper, .cell_output .output")) {
      const wide = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (wide && !box.hasAttribute("tabindex")) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", `${names[box.tagName] ?? "content"}, scrolls sideways`);
      }
    }
  };
  update();
  addEventListener("load", update);
  addEventListener("resize", update);
})();
