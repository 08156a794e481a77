"""Write the contract to its file: ``make contract``."""

from service import contract
from service.app import create_app
from tests.contract.test_contract import COMMITTED

COMMITTED.write_bytes(contract.to_bytes(create_app().openapi_schema))
