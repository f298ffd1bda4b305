"""The pages people open in a browser: the live map, the party's page, the style guide, and their assets."""

from api.pages.routes import router

__all__ = ["router"]
