/* What a reader does on a page: choose a view, sort, open a breakdown, take rows or a picture away. */
(function () {
  "use strict";

  /* Filters: the tiles of every choice travel compressed in the page (publishing/site/views.py). */
  function filters(form) {
    var main = form.parentNode.querySelector(".tiles");
    var packed = document.getElementById("views").textContent;
    var bytes = Uint8Array.from(atob(packed.trim()), function (c) { return c.charCodeAt(0); });
    var views = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
    function value(name) { return form.elements[name] ? form.elements[name].value : ""; }
    function show() {
      var who = value("segment") ? "segment:" + value("segment")
        : value("channel") ? "channel:" + value("channel") : "all:all";
      views.then(function (all) { main.innerHTML = all[value("period") + "|" + who]; });
      // On paper a choice must be told, and only then.
      form.classList.toggle("chosen", Array.from(form.elements).some(function (each) { return each.selectedIndex > 0; }));
    }
    form.addEventListener("change", function (e) {
      // One at a time: both together would leave too few answers to show.
      if (e.target.name === "segment" && form.elements.channel) form.elements.channel.value = "";
      if (e.target.name === "channel" && form.elements.segment) form.elements.segment.value = "";
      show();
    });
    form.addEventListener("reset", function () { setTimeout(show); });
    // Who comes back to the page may find his choice restored, and the tiles as they first stood.
    window.addEventListener("pageshow", function () { setTimeout(show); });
    form.hidden = false;
  }

  /* Sorting: by the value behind a cell, numbers as numbers; empty cells stay last. */
  function sortable(table) {
    table.querySelectorAll("thead th").forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append.apply(button, Array.from(head.childNodes));
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending";
        table.querySelectorAll("thead th").forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        Array.from(body.rows).map(function (row, place) {
          var v = row.cells[column].dataset.v || "";
          return {row: row, place: place, text: v, number: v === "" ? NaN : Number(v)};
        }).sort(function (a, b) {
          if ((a.text === "") !== (b.text === "")) return a.text === "" ? 1 : -1;
          var order = isNaN(a.number) || isNaN(b.number) ? a.text.localeCompare(b.text) : a.number - b.number;
          return (down ? -order : order) || a.place - b.place;
        }).forEach(function (each) { body.appendChild(each.row); });
      });
    });
  }

  function save(name, blob) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function saveRows(key) {
    var text = JSON.parse(document.getElementById("csv-" + key).textContent);
    save(document.body.dataset.page + "-" + key + ".csv", new Blob(["\ufeff", text], {type: "text/csv"}));
  }

  /* A card as a picture: the card itself inside an SVG image, with the page's own styles. */
  function savePicture(key) {
    var card = document.getElementById(key), box = card.getBoundingClientRect();
    var copy = card.cloneNode(true), root = document.documentElement;
    copy.querySelectorAll(".card-f,script,details:not([open])").forEach(function (e) { e.remove(); });
    var page = document.createElement("div");
    page.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
    var styles = document.createElement("style");
    // Inside the picture the card is its own page: what the root carries stands on a box there.
    styles.textContent = document.querySelector("style").textContent
      .replace(/:root/g, ".picture").replace(/([}])body\{/g, "$1.picture{");
    page.className = "picture";
    page.lang = root.lang;
    page.dir = root.dir;
    page.dataset.theme = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    page.append(styles, document.querySelector("svg.defs").cloneNode(true), copy);
    var scale = 2, width = Math.ceil(box.width), height = heightOf(copy, width);
    var svg = "<svg xmlns='http://www.w3.org/2000/svg' width='" + width + "' height='" + height +
      "'><foreignObject width='100%' height='100%'>" + new XMLSerializer().serializeToString(page) + "</foreignObject></svg>";
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement("canvas");
      canvas.width = width * scale;
      canvas.height = height * scale;
      var pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      pen.drawImage(image, 0, 0);
      canvas.toBlob(function (blob) { save(document.body.dataset.page + "-" + key + ".png", blob); });
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  }

  function heightOf(card, width) {
    var place = document.createElement("div");
    place.className = "measure";
    place.style.inlineSize = width + "px";
    place.append(card.cloneNode(true));
    document.body.append(place);
    var height = Math.ceil(place.scrollHeight);
    place.remove();
    return height;
  }

  document.addEventListener("click", function (e) {
    var rows = e.target.closest("[data-rows]"), picture = e.target.closest("[data-picture]");
    var opener = e.target.closest("[data-open]");
    if (rows) saveRows(rows.dataset.rows);
    if (picture) savePicture(picture.dataset.picture);
    if (opener) document.getElementById(opener.hash.slice(1)).open = true;
  });
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form.filters").forEach(filters);
    document.querySelectorAll("table.sortable").forEach(sortable);
  });
})();
