"""Write the contract to its file, with the answers that it shows: ``make contract``."""

import msgspec

from service import contract
from service.app import create_app
from tests.contract.examples import EXAMPLES, answers
from tests.contract.test_contract import COMMITTED

contract.EXAMPLES = answers(create_app())
EXAMPLES.write_bytes(msgspec.json.format(msgspec.json.encode(contract.EXAMPLES), indent=0))
COMMITTED.write_bytes(contract.to_bytes(create_app().openapi_schema))
