"""System checks: settings that cannot work say so at start-up."""
