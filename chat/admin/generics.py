"""Django's generic classes, which only the type checker can subscript."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator

from chat.models import McpServer, Model, Provider, ToolUse, Turn

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
    ModelsOfProvider = admin.TabularInline[Model, Provider]
    FormOfModel = forms.ModelForm[Model]
    FormOfProvider = forms.ModelForm[Provider]
    FormOfServer = forms.ModelForm[McpServer]
    UsesOfTurn = admin.TabularInline[ToolUse, Turn]
else:
    AnyAdmin = admin.ModelAdmin
    AnyPaginator = Paginator
    ModelsOfProvider = UsesOfTurn = admin.TabularInline
    FormOfModel = FormOfProvider = FormOfServer = forms.ModelForm
