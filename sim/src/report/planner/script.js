(() => {
  const root = document.documentElement;
  const buttons = document.querySelectorAll("button[data-set]");
  const pick = (en, zh) => (root.dataset.lang === "zh" ? zh : en);
  const show = (lang) => {
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-CN" : "en";
    buttons.forEach((b) => b.setAttribute("aria-pressed", b.dataset.set === lang));
    name_frame();
  };
  buttons.forEach((b) => b.addEventListener("click", () => show(b.dataset.set)));

  // Time: frames since the start, in Beijing time.
  const main = document.querySelector("main");
  const start = Number(main.dataset.start), hours = Number(main.dataset.hours);
  const frames = Number(main.dataset.frames || 0);
  const moment = (seconds) =>
    new Date(start + seconds * 1000 + 8 * 3600e3).toISOString().slice(0, 16).replace("T", " ");
  const frame_at = (frame) => {
    const from = moment(frame * hours * 3600);
    return hours === 1 ? from : `${from} + ${hours} h`;
  };

  // The map, frame by frame.
  const box = document.querySelector(".map-box");
  const slider = document.getElementById("frame"), play = document.getElementById("play");
  const out = document.getElementById("frame-name");
  let name_frame = () => {};
  if (box && slider && frames > 0) {
    const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const links = [...box.querySelectorAll("[data-use]")];
    const sites = [...box.querySelectorAll("[data-green]")];
    const rings = [...box.querySelectorAll("[data-used]")];
    const first = new Map();
    links.concat(sites).forEach((e) => first.set(e, e.getAttribute("class")));
    links.concat(rings).forEach((e) => first.set(e.attributes, [
      e.getAttribute("stroke-width"), e.getAttribute("stroke-dasharray")]));
    const whole = [...out.childNodes];
    name_frame = () => {
      const frame = Number(slider.value);
      out.replaceChildren(...(frame < 0 ? whole : [frame_at(frame)]));
      slider.setAttribute("aria-valuetext", frame < 0 ? "" : frame_at(frame));
    };
    const draw = () => {
      const frame = Number(slider.value);
      for (const e of links) {
        const level = e.dataset.use[frame];
        const cut = level === "x";
        e.setAttribute("class", frame < 0 ? first.get(e) : cut ? "link cut" : `link use${level}`);
        e.setAttribute("stroke-width", frame < 0 ? first.get(e.attributes)[0]
          : cut ? 2 : 1 + 0.65 * Number(level));
      }
      for (const e of sites) {
        const fault = e.dataset.fault[frame] === "x" ? " down" : "";
        e.setAttribute("class", frame < 0 ? first.get(e) : `site green${e.dataset.green[frame]}${fault}`);
      }
      for (const e of rings) {
        const part = 100 * letters.indexOf(e.dataset.used[frame]) / 61;
        e.setAttribute("stroke-dasharray", frame < 0 ? first.get(e.attributes)[1] : `${part} 100`);
      }
      name_frame();
    };
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "▶";
      play.setAttribute("aria-pressed", "false");
    };
    play.addEventListener("click", () => {
      if (timer) return stop();
      play.textContent = "❚❚";
      play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => {
        slider.value = Number(slider.value) + 1 < frames ? Number(slider.value) + 1 : 0;
        draw();
      }, 200);
    });
    slider.max = frames - 1;
    slider.addEventListener("input", () => { if (timer) stop(); draw(); });
    slider.closest(".player").hidden = false;
  }

  // What stands under the pointer.
  const tip = document.getElementById("tip");
  const put = (event, lines) => {
    tip.replaceChildren(...lines.map(([swatch, text]) => {
      const line = document.createElement("div");
      if (swatch) {
        const mark = document.createElement("i");
        mark.className = swatch;
        line.append(mark);
      }
      line.append(text);
      return line;
    }));
    tip.hidden = false;
    const width = tip.offsetWidth, x = event.clientX + 14;
    tip.style.left = `${Math.max(4, x + width > innerWidth - 4 ? event.clientX - width - 14 : x)}px`;
    const y = event.clientY + 14;
    tip.style.top = `${y + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : y}px`;
  };
  const hide = () => { tip.hidden = true; };
  document.querySelectorAll("[data-tips]").forEach((field) => {
    const { columns, rows } = JSON.parse(field.dataset.tips);
    field.addEventListener("pointermove", (event) => {
      const area = field.getBoundingClientRect(), count = rows[0][2].length;
      const at = Math.min(count - 1, Math.max(0, Math.floor((event.clientX - area.left) / area.width * count)));
      put(event, [["", columns[at] || frame_at(at)]].concat(
        rows.map(([en, zh, values]) => ["", `${pick(en, zh)}: ${values[at]}`])));
    });
    field.addEventListener("pointerleave", hide);
  });
  const gantt = document.querySelector(".gantt");
  if (gantt) {
    const words = pick_words(gantt);
    gantt.addEventListener("pointermove", (event) => {
      const job = event.target.dataset && event.target.dataset.job;
      if (!job) return hide();
      const [name, from, ...rest] = job.split("\n");
      put(event, [["", name], ["", moment(Number(from))]].concat(
        rest.map((value, at) => ["", `${pick(...words[at])}: ${value || "–"}`])));
    });
    gantt.addEventListener("pointerleave", hide);
  }
  function pick_words(element) {
    return JSON.parse(element.dataset.words);
  }
  const asked = location.hash.slice(1);
  show(asked === "zh" || asked === "en" ? asked : root.dataset.lang);
})();
