/* Mounts every [data-spec] box. Tooltips are text only: no markup, no style tag. */
(function () {
  "use strict";
  var tip = document.getElementById("tip");
  function tooltip(handler, event, item, value) {
    if (value == null || value === "") { tip.hidden = true; return; }
    tip.textContent = typeof value === "object" ? Object.values(value).join("\n") : String(value);
    tip.hidden = false;
    var w = tip.offsetWidth, h = tip.offsetHeight, x = event.clientX + 14, y = event.clientY - h - 10;
    if (x + w > innerWidth - 8) x = event.clientX - w - 14;
    if (y < 8) y = event.clientY + 16;
    tip.style.transform = "translate(" + Math.max(8, x) + "px," + y + "px)";
  }
  function mount(box) {
    var spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
    var width = Math.floor(box.clientWidth);
    spec.signals.forEach(function (s) { if (s.name === "width") s.value = width; });
    // Vega writes ARIA roles on its container: it gets a hidden inner box, ours keeps role and label.
    var inner = document.createElement("div");
    inner.setAttribute("aria-hidden", "true");
    box.replaceChildren(inner);
    var view = new vega.View(vega.parse(spec, null, {ast: true}), {
      expr: vega.expressionInterpreter, renderer: "svg", container: inner, logLevel: vega.Warn
    });
    view.tooltip(tooltip).runAsync().then(function () {
      new ResizeObserver(function () {
        var now = Math.floor(box.clientWidth);
        if (now > 0 && now !== width && !matchMedia("print").matches) {
          width = now;
          view.signal("width", width).runAsync();
        }
      }).observe(box);
      box.dataset.ready = "1";
    });
  }
  document.fonts.ready.then(function () { document.querySelectorAll("[data-spec]").forEach(mount); });
  addEventListener("scroll", function () { tip.hidden = true; }, {passive: true});
  addEventListener("keydown", function (e) { if (e.key === "Escape") tip.hidden = true; });
})();
