// The page for a lost network stands at the address of the page that could not be had.
addEventListener("online", () => location.reload());
