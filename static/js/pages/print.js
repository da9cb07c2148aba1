// The page to print opens the browser's own dialog as soon as it is whole.
if (document.readyState === "complete") print();
else addEventListener("load", () => print());
