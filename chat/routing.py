from typing import Any

from channels.consumer import AsyncConsumer
from django.urls import path, re_path

from .access import NOT_THERE
from .consumers import ViewerConsumer
from .probes import ProbeConsumer


class Nowhere(AsyncConsumer):
    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})
        await self.send({"type": "websocket.close", "code": NOT_THERE})


websocket_urlpatterns = [
    path("ws/", ViewerConsumer.as_asgi()),
    path("ws/conversations/<uuid:pk>/", ViewerConsumer.as_asgi()),
    path("ws/conversations/<uuid:pk>/probe/", ProbeConsumer.as_asgi()),
    re_path("", Nowhere.as_asgi()),
]
