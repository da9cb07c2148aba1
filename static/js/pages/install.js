// The service worker, which says so when the network is gone. It exists over https and on localhost alone.
navigator.serviceWorker?.register("/sw.js").catch(() => {
  // Refused, as in some private windows. Then the browser's own page has to do.
});
