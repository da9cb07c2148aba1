// Light, dark, or as the system has it.

export class Theme {
  constructor(radios) {
    const chosen = document.documentElement.dataset.theme ?? "";
    for (const radio of radios) {
      radio.checked = radio.value === chosen;
      radio.addEventListener("change", () => choose(radio.value));
    }
  }
}

function choose(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem("rivulet:theme", theme);
  } catch {
    // Chosen for this page only.
  }
}
