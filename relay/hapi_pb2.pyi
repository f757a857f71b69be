from google.protobuf import wrappers_pb2 as _wrappers_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResponseType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANSWER_ONLY: _ClassVar[ResponseType]
    ANSWER_STATE_PROOF: _ClassVar[ResponseType]
    COST_ANSWER: _ClassVar[ResponseType]
    COST_ANSWER_STATE_PROOF: _ClassVar[ResponseType]

class TokenFreezeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FreezeNotApplicable: _ClassVar[TokenFreezeStatus]
    Frozen: _ClassVar[TokenFreezeStatus]
    Unfrozen: _ClassVar[TokenFreezeStatus]

class TokenKycStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KycNotApplicable: _ClassVar[TokenKycStatus]
    Granted: _ClassVar[TokenKycStatus]
    Revoked: _ClassVar[TokenKycStatus]

class ResponseCodeEnum(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OK: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSACTION: _ClassVar[ResponseCodeEnum]
    PAYER_ACCOUNT_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    INVALID_NODE_ACCOUNT: _ClassVar[ResponseCodeEnum]
    TRANSACTION_EXPIRED: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSACTION_START: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSACTION_DURATION: _ClassVar[ResponseCodeEnum]
    INVALID_SIGNATURE: _ClassVar[ResponseCodeEnum]
    MEMO_TOO_LONG: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_TX_FEE: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_PAYER_BALANCE: _ClassVar[ResponseCodeEnum]
    DUPLICATE_TRANSACTION: _ClassVar[ResponseCodeEnum]
    BUSY: _ClassVar[ResponseCodeEnum]
    NOT_SUPPORTED: _ClassVar[ResponseCodeEnum]
    INVALID_FILE_ID: _ClassVar[ResponseCodeEnum]
    INVALID_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    INVALID_CONTRACT_ID: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSACTION_ID: _ClassVar[ResponseCodeEnum]
    RECEIPT_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    RECORD_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    INVALID_SOLIDITY_ID: _ClassVar[ResponseCodeEnum]
    UNKNOWN: _ClassVar[ResponseCodeEnum]
    SUCCESS: _ClassVar[ResponseCodeEnum]
    FAIL_INVALID: _ClassVar[ResponseCodeEnum]
    FAIL_FEE: _ClassVar[ResponseCodeEnum]
    FAIL_BALANCE: _ClassVar[ResponseCodeEnum]
    KEY_REQUIRED: _ClassVar[ResponseCodeEnum]
    BAD_ENCODING: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_ACCOUNT_BALANCE: _ClassVar[ResponseCodeEnum]
    INVALID_SOLIDITY_ADDRESS: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_GAS: _ClassVar[ResponseCodeEnum]
    CONTRACT_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    LOCAL_CALL_MODIFICATION_EXCEPTION: _ClassVar[ResponseCodeEnum]
    CONTRACT_REVERT_EXECUTED: _ClassVar[ResponseCodeEnum]
    CONTRACT_EXECUTION_EXCEPTION: _ClassVar[ResponseCodeEnum]
    INVALID_RECEIVING_NODE_ACCOUNT: _ClassVar[ResponseCodeEnum]
    MISSING_QUERY_HEADER: _ClassVar[ResponseCodeEnum]
    ACCOUNT_UPDATE_FAILED: _ClassVar[ResponseCodeEnum]
    INVALID_KEY_ENCODING: _ClassVar[ResponseCodeEnum]
    NULL_SOLIDITY_ADDRESS: _ClassVar[ResponseCodeEnum]
    CONTRACT_UPDATE_FAILED: _ClassVar[ResponseCodeEnum]
    INVALID_QUERY_HEADER: _ClassVar[ResponseCodeEnum]
    INVALID_FEE_SUBMITTED: _ClassVar[ResponseCodeEnum]
    INVALID_PAYER_SIGNATURE: _ClassVar[ResponseCodeEnum]
    KEY_NOT_PROVIDED: _ClassVar[ResponseCodeEnum]
    INVALID_EXPIRATION_TIME: _ClassVar[ResponseCodeEnum]
    NO_WACL_KEY: _ClassVar[ResponseCodeEnum]
    FILE_CONTENT_EMPTY: _ClassVar[ResponseCodeEnum]
    INVALID_ACCOUNT_AMOUNTS: _ClassVar[ResponseCodeEnum]
    EMPTY_TRANSACTION_BODY: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSACTION_BODY: _ClassVar[ResponseCodeEnum]
    INVALID_SIGNATURE_TYPE_MISMATCHING_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_SIGNATURE_COUNT_MISMATCHING_KEY: _ClassVar[ResponseCodeEnum]
    EMPTY_LIVE_HASH_BODY: _ClassVar[ResponseCodeEnum]
    EMPTY_LIVE_HASH: _ClassVar[ResponseCodeEnum]
    EMPTY_LIVE_HASH_KEYS: _ClassVar[ResponseCodeEnum]
    INVALID_LIVE_HASH_SIZE: _ClassVar[ResponseCodeEnum]
    EMPTY_QUERY_BODY: _ClassVar[ResponseCodeEnum]
    EMPTY_LIVE_HASH_QUERY: _ClassVar[ResponseCodeEnum]
    LIVE_HASH_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    ACCOUNT_ID_DOES_NOT_EXIST: _ClassVar[ResponseCodeEnum]
    LIVE_HASH_ALREADY_EXISTS: _ClassVar[ResponseCodeEnum]
    INVALID_FILE_WACL: _ClassVar[ResponseCodeEnum]
    SERIALIZATION_FAILED: _ClassVar[ResponseCodeEnum]
    TRANSACTION_OVERSIZE: _ClassVar[ResponseCodeEnum]
    TRANSACTION_TOO_MANY_LAYERS: _ClassVar[ResponseCodeEnum]
    CONTRACT_DELETED: _ClassVar[ResponseCodeEnum]
    PLATFORM_NOT_ACTIVE: _ClassVar[ResponseCodeEnum]
    KEY_PREFIX_MISMATCH: _ClassVar[ResponseCodeEnum]
    PLATFORM_TRANSACTION_NOT_CREATED: _ClassVar[ResponseCodeEnum]
    INVALID_RENEWAL_PERIOD: _ClassVar[ResponseCodeEnum]
    INVALID_PAYER_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    ACCOUNT_DELETED: _ClassVar[ResponseCodeEnum]
    FILE_DELETED: _ClassVar[ResponseCodeEnum]
    ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS: _ClassVar[ResponseCodeEnum]
    SETTING_NEGATIVE_ACCOUNT_BALANCE: _ClassVar[ResponseCodeEnum]
    OBTAINER_REQUIRED: _ClassVar[ResponseCodeEnum]
    OBTAINER_SAME_CONTRACT_ID: _ClassVar[ResponseCodeEnum]
    OBTAINER_DOES_NOT_EXIST: _ClassVar[ResponseCodeEnum]
    MODIFYING_IMMUTABLE_CONTRACT: _ClassVar[ResponseCodeEnum]
    FILE_SYSTEM_EXCEPTION: _ClassVar[ResponseCodeEnum]
    AUTORENEW_DURATION_NOT_IN_RANGE: _ClassVar[ResponseCodeEnum]
    ERROR_DECODING_BYTESTRING: _ClassVar[ResponseCodeEnum]
    CONTRACT_FILE_EMPTY: _ClassVar[ResponseCodeEnum]
    CONTRACT_BYTECODE_EMPTY: _ClassVar[ResponseCodeEnum]
    INVALID_INITIAL_BALANCE: _ClassVar[ResponseCodeEnum]
    INVALID_RECEIVE_RECORD_THRESHOLD: _ClassVar[ResponseCodeEnum]
    INVALID_SEND_RECORD_THRESHOLD: _ClassVar[ResponseCodeEnum]
    ACCOUNT_IS_NOT_GENESIS_ACCOUNT: _ClassVar[ResponseCodeEnum]
    PAYER_ACCOUNT_UNAUTHORIZED: _ClassVar[ResponseCodeEnum]
    INVALID_FREEZE_TRANSACTION_BODY: _ClassVar[ResponseCodeEnum]
    FREEZE_TRANSACTION_BODY_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    TRANSFER_LIST_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    RESULT_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    NOT_SPECIAL_ACCOUNT: _ClassVar[ResponseCodeEnum]
    CONTRACT_NEGATIVE_GAS: _ClassVar[ResponseCodeEnum]
    CONTRACT_NEGATIVE_VALUE: _ClassVar[ResponseCodeEnum]
    INVALID_FEE_FILE: _ClassVar[ResponseCodeEnum]
    INVALID_EXCHANGE_RATE_FILE: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_LOCAL_CALL_GAS: _ClassVar[ResponseCodeEnum]
    ENTITY_NOT_ALLOWED_TO_DELETE: _ClassVar[ResponseCodeEnum]
    AUTHORIZATION_FAILED: _ClassVar[ResponseCodeEnum]
    FILE_UPLOADED_PROTO_INVALID: _ClassVar[ResponseCodeEnum]
    FILE_UPLOADED_PROTO_NOT_SAVED_TO_DISK: _ClassVar[ResponseCodeEnum]
    FEE_SCHEDULE_FILE_PART_UPLOADED: _ClassVar[ResponseCodeEnum]
    EXCHANGE_RATE_CHANGE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    MAX_CONTRACT_STORAGE_EXCEEDED: _ClassVar[ResponseCodeEnum]
    TRANSFER_ACCOUNT_SAME_AS_DELETE_ACCOUNT: _ClassVar[ResponseCodeEnum]
    TOTAL_LEDGER_BALANCE_INVALID: _ClassVar[ResponseCodeEnum]
    EXPIRATION_REDUCTION_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    MAX_GAS_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    MAX_FILE_SIZE_EXCEEDED: _ClassVar[ResponseCodeEnum]
    RECEIVER_SIG_REQUIRED: _ClassVar[ResponseCodeEnum]
    INVALID_TOPIC_ID: _ClassVar[ResponseCodeEnum]
    INVALID_ADMIN_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_SUBMIT_KEY: _ClassVar[ResponseCodeEnum]
    UNAUTHORIZED: _ClassVar[ResponseCodeEnum]
    INVALID_TOPIC_MESSAGE: _ClassVar[ResponseCodeEnum]
    INVALID_AUTORENEW_ACCOUNT: _ClassVar[ResponseCodeEnum]
    AUTORENEW_ACCOUNT_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    TOPIC_EXPIRED: _ClassVar[ResponseCodeEnum]
    INVALID_CHUNK_NUMBER: _ClassVar[ResponseCodeEnum]
    INVALID_CHUNK_TRANSACTION_ID: _ClassVar[ResponseCodeEnum]
    ACCOUNT_FROZEN_FOR_TOKEN: _ClassVar[ResponseCodeEnum]
    TOKENS_PER_ACCOUNT_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_ID: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_DECIMALS: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_INITIAL_SUPPLY: _ClassVar[ResponseCodeEnum]
    INVALID_TREASURY_ACCOUNT_FOR_TOKEN: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_SYMBOL: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_FREEZE_KEY: _ClassVar[ResponseCodeEnum]
    TRANSFERS_NOT_ZERO_SUM_FOR_TOKEN: _ClassVar[ResponseCodeEnum]
    MISSING_TOKEN_SYMBOL: _ClassVar[ResponseCodeEnum]
    TOKEN_SYMBOL_TOO_LONG: _ClassVar[ResponseCodeEnum]
    ACCOUNT_KYC_NOT_GRANTED_FOR_TOKEN: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_KYC_KEY: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_TOKEN_BALANCE: _ClassVar[ResponseCodeEnum]
    TOKEN_WAS_DELETED: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_SUPPLY_KEY: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_WIPE_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_MINT_AMOUNT: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_BURN_AMOUNT: _ClassVar[ResponseCodeEnum]
    TOKEN_NOT_ASSOCIATED_TO_ACCOUNT: _ClassVar[ResponseCodeEnum]
    CANNOT_WIPE_TOKEN_TREASURY_ACCOUNT: _ClassVar[ResponseCodeEnum]
    INVALID_KYC_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_WIPE_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_FREEZE_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_SUPPLY_KEY: _ClassVar[ResponseCodeEnum]
    MISSING_TOKEN_NAME: _ClassVar[ResponseCodeEnum]
    TOKEN_NAME_TOO_LONG: _ClassVar[ResponseCodeEnum]
    INVALID_WIPING_AMOUNT: _ClassVar[ResponseCodeEnum]
    TOKEN_IS_IMMUTABLE: _ClassVar[ResponseCodeEnum]
    TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT: _ClassVar[ResponseCodeEnum]
    TRANSACTION_REQUIRES_ZERO_TOKEN_BALANCES: _ClassVar[ResponseCodeEnum]
    ACCOUNT_IS_TREASURY: _ClassVar[ResponseCodeEnum]
    TOKEN_ID_REPEATED_IN_TOKEN_LIST: _ClassVar[ResponseCodeEnum]
    TOKEN_TRANSFER_LIST_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    EMPTY_TOKEN_TRANSFER_BODY: _ClassVar[ResponseCodeEnum]
    EMPTY_TOKEN_TRANSFER_ACCOUNT_AMOUNTS: _ClassVar[ResponseCodeEnum]
    INVALID_SCHEDULE_ID: _ClassVar[ResponseCodeEnum]
    SCHEDULE_IS_IMMUTABLE: _ClassVar[ResponseCodeEnum]
    INVALID_SCHEDULE_PAYER_ID: _ClassVar[ResponseCodeEnum]
    INVALID_SCHEDULE_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    NO_NEW_VALID_SIGNATURES: _ClassVar[ResponseCodeEnum]
    UNRESOLVABLE_REQUIRED_SIGNERS: _ClassVar[ResponseCodeEnum]
    SCHEDULED_TRANSACTION_NOT_IN_WHITELIST: _ClassVar[ResponseCodeEnum]
    SOME_SIGNATURES_WERE_INVALID: _ClassVar[ResponseCodeEnum]
    TRANSACTION_ID_FIELD_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    IDENTICAL_SCHEDULE_ALREADY_CREATED: _ClassVar[ResponseCodeEnum]
    INVALID_ZERO_BYTE_IN_STRING: _ClassVar[ResponseCodeEnum]
    SCHEDULE_ALREADY_DELETED: _ClassVar[ResponseCodeEnum]
    SCHEDULE_ALREADY_EXECUTED: _ClassVar[ResponseCodeEnum]
    MESSAGE_SIZE_TOO_LARGE: _ClassVar[ResponseCodeEnum]
    OPERATION_REPEATED_IN_BUCKET_GROUPS: _ClassVar[ResponseCodeEnum]
    BUCKET_CAPACITY_OVERFLOW: _ClassVar[ResponseCodeEnum]
    NODE_CAPACITY_NOT_SUFFICIENT_FOR_OPERATION: _ClassVar[ResponseCodeEnum]
    BUCKET_HAS_NO_THROTTLE_GROUPS: _ClassVar[ResponseCodeEnum]
    THROTTLE_GROUP_HAS_ZERO_OPS_PER_SEC: _ClassVar[ResponseCodeEnum]
    SUCCESS_BUT_MISSING_EXPECTED_OPERATION: _ClassVar[ResponseCodeEnum]
    UNPARSEABLE_THROTTLE_DEFINITIONS: _ClassVar[ResponseCodeEnum]
    INVALID_THROTTLE_DEFINITIONS: _ClassVar[ResponseCodeEnum]
    ACCOUNT_EXPIRED_AND_PENDING_REMOVAL: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_MAX_SUPPLY: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_NFT_SERIAL_NUMBER: _ClassVar[ResponseCodeEnum]
    INVALID_NFT_ID: _ClassVar[ResponseCodeEnum]
    METADATA_TOO_LONG: _ClassVar[ResponseCodeEnum]
    BATCH_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    INVALID_QUERY_RANGE: _ClassVar[ResponseCodeEnum]
    FRACTION_DIVIDES_BY_ZERO: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_PAYER_BALANCE_FOR_CUSTOM_FEE: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEES_LIST_TOO_LONG: _ClassVar[ResponseCodeEnum]
    INVALID_CUSTOM_FEE_COLLECTOR: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_ID_IN_CUSTOM_FEES: _ClassVar[ResponseCodeEnum]
    TOKEN_NOT_ASSOCIATED_TO_FEE_COLLECTOR: _ClassVar[ResponseCodeEnum]
    TOKEN_MAX_SUPPLY_REACHED: _ClassVar[ResponseCodeEnum]
    SENDER_DOES_NOT_OWN_NFT_SERIAL_NO: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_NOT_FULLY_SPECIFIED: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_MUST_BE_POSITIVE: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_FEE_SCHEDULE_KEY: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_OUTSIDE_NUMERIC_RANGE: _ClassVar[ResponseCodeEnum]
    ROYALTY_FRACTION_CANNOT_EXCEED_ONE: _ClassVar[ResponseCodeEnum]
    FRACTIONAL_FEE_MAX_AMOUNT_LESS_THAN_MIN_AMOUNT: _ClassVar[ResponseCodeEnum]
    CUSTOM_SCHEDULE_ALREADY_HAS_NO_FEES: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_DENOMINATION_MUST_BE_FUNGIBLE_COMMON: _ClassVar[ResponseCodeEnum]
    CUSTOM_FRACTIONAL_FEE_ONLY_ALLOWED_FOR_FUNGIBLE_COMMON: _ClassVar[ResponseCodeEnum]
    INVALID_CUSTOM_FEE_SCHEDULE_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_MINT_METADATA: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_BURN_METADATA: _ClassVar[ResponseCodeEnum]
    CURRENT_TREASURY_STILL_OWNS_NFTS: _ClassVar[ResponseCodeEnum]
    ACCOUNT_STILL_OWNS_NFTS: _ClassVar[ResponseCodeEnum]
    TREASURY_MUST_OWN_BURNED_NFT: _ClassVar[ResponseCodeEnum]
    ACCOUNT_DOES_NOT_OWN_WIPED_NFT: _ClassVar[ResponseCodeEnum]
    ACCOUNT_AMOUNT_TRANSFERS_ONLY_ALLOWED_FOR_FUNGIBLE_COMMON: _ClassVar[ResponseCodeEnum]
    MAX_NFTS_IN_PRICE_REGIME_HAVE_BEEN_MINTED: _ClassVar[ResponseCodeEnum]
    PAYER_ACCOUNT_DELETED: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_CHARGING_EXCEEDED_MAX_RECURSION_DEPTH: _ClassVar[ResponseCodeEnum]
    CUSTOM_FEE_CHARGING_EXCEEDED_MAX_ACCOUNT_AMOUNTS: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_SENDER_ACCOUNT_BALANCE_FOR_CUSTOM_FEE: _ClassVar[ResponseCodeEnum]
    SERIAL_NUMBER_LIMIT_REACHED: _ClassVar[ResponseCodeEnum]
    CUSTOM_ROYALTY_FEE_ONLY_ALLOWED_FOR_NON_FUNGIBLE_UNIQUE: _ClassVar[ResponseCodeEnum]
    NO_REMAINING_AUTOMATIC_ASSOCIATIONS: _ClassVar[ResponseCodeEnum]
    EXISTING_AUTOMATIC_ASSOCIATIONS_EXCEED_GIVEN_LIMIT: _ClassVar[ResponseCodeEnum]
    REQUESTED_NUM_AUTOMATIC_ASSOCIATIONS_EXCEEDS_ASSOCIATION_LIMIT: _ClassVar[ResponseCodeEnum]
    TOKEN_IS_PAUSED: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_PAUSE_KEY: _ClassVar[ResponseCodeEnum]
    INVALID_PAUSE_KEY: _ClassVar[ResponseCodeEnum]
    FREEZE_UPDATE_FILE_DOES_NOT_EXIST: _ClassVar[ResponseCodeEnum]
    FREEZE_UPDATE_FILE_HASH_DOES_NOT_MATCH: _ClassVar[ResponseCodeEnum]
    NO_UPGRADE_HAS_BEEN_PREPARED: _ClassVar[ResponseCodeEnum]
    NO_FREEZE_IS_SCHEDULED: _ClassVar[ResponseCodeEnum]
    UPDATE_FILE_HASH_CHANGED_SINCE_PREPARE_UPGRADE: _ClassVar[ResponseCodeEnum]
    FREEZE_START_TIME_MUST_BE_FUTURE: _ClassVar[ResponseCodeEnum]
    PREPARED_UPDATE_FILE_IS_IMMUTABLE: _ClassVar[ResponseCodeEnum]
    FREEZE_ALREADY_SCHEDULED: _ClassVar[ResponseCodeEnum]
    FREEZE_UPGRADE_IN_PROGRESS: _ClassVar[ResponseCodeEnum]
    UPDATE_FILE_ID_DOES_NOT_MATCH_PREPARED: _ClassVar[ResponseCodeEnum]
    UPDATE_FILE_HASH_DOES_NOT_MATCH_PREPARED: _ClassVar[ResponseCodeEnum]
    CONSENSUS_GAS_EXHAUSTED: _ClassVar[ResponseCodeEnum]
    REVERTED_SUCCESS: _ClassVar[ResponseCodeEnum]
    MAX_STORAGE_IN_PRICE_REGIME_HAS_BEEN_USED: _ClassVar[ResponseCodeEnum]
    INVALID_ALIAS_KEY: _ClassVar[ResponseCodeEnum]
    UNEXPECTED_TOKEN_DECIMALS: _ClassVar[ResponseCodeEnum]
    INVALID_PROXY_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    INVALID_TRANSFER_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    INVALID_FEE_COLLECTOR_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    ALIAS_IS_IMMUTABLE: _ClassVar[ResponseCodeEnum]
    SPENDER_ACCOUNT_SAME_AS_OWNER: _ClassVar[ResponseCodeEnum]
    AMOUNT_EXCEEDS_TOKEN_MAX_SUPPLY: _ClassVar[ResponseCodeEnum]
    NEGATIVE_ALLOWANCE_AMOUNT: _ClassVar[ResponseCodeEnum]
    CANNOT_APPROVE_FOR_ALL_FUNGIBLE_COMMON: _ClassVar[ResponseCodeEnum]
    SPENDER_DOES_NOT_HAVE_ALLOWANCE: _ClassVar[ResponseCodeEnum]
    AMOUNT_EXCEEDS_ALLOWANCE: _ClassVar[ResponseCodeEnum]
    MAX_ALLOWANCES_EXCEEDED: _ClassVar[ResponseCodeEnum]
    EMPTY_ALLOWANCES: _ClassVar[ResponseCodeEnum]
    SPENDER_ACCOUNT_REPEATED_IN_ALLOWANCES: _ClassVar[ResponseCodeEnum]
    REPEATED_SERIAL_NUMS_IN_NFT_ALLOWANCES: _ClassVar[ResponseCodeEnum]
    FUNGIBLE_TOKEN_IN_NFT_ALLOWANCES: _ClassVar[ResponseCodeEnum]
    NFT_IN_FUNGIBLE_TOKEN_ALLOWANCES: _ClassVar[ResponseCodeEnum]
    INVALID_ALLOWANCE_OWNER_ID: _ClassVar[ResponseCodeEnum]
    INVALID_ALLOWANCE_SPENDER_ID: _ClassVar[ResponseCodeEnum]
    REPEATED_ALLOWANCES_TO_DELETE: _ClassVar[ResponseCodeEnum]
    INVALID_DELEGATING_SPENDER: _ClassVar[ResponseCodeEnum]
    DELEGATING_SPENDER_CANNOT_GRANT_APPROVE_FOR_ALL: _ClassVar[ResponseCodeEnum]
    DELEGATING_SPENDER_DOES_NOT_HAVE_APPROVE_FOR_ALL: _ClassVar[ResponseCodeEnum]
    SCHEDULE_EXPIRATION_TIME_TOO_FAR_IN_FUTURE: _ClassVar[ResponseCodeEnum]
    SCHEDULE_EXPIRATION_TIME_MUST_BE_HIGHER_THAN_CONSENSUS_TIME: _ClassVar[ResponseCodeEnum]
    SCHEDULE_FUTURE_THROTTLE_EXCEEDED: _ClassVar[ResponseCodeEnum]
    SCHEDULE_FUTURE_GAS_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    INVALID_ETHEREUM_TRANSACTION: _ClassVar[ResponseCodeEnum]
    WRONG_CHAIN_ID: _ClassVar[ResponseCodeEnum]
    WRONG_NONCE: _ClassVar[ResponseCodeEnum]
    ACCESS_LIST_UNSUPPORTED: _ClassVar[ResponseCodeEnum]
    SCHEDULE_PENDING_EXPIRATION: _ClassVar[ResponseCodeEnum]
    CONTRACT_IS_TOKEN_TREASURY: _ClassVar[ResponseCodeEnum]
    CONTRACT_HAS_NON_ZERO_TOKEN_BALANCES: _ClassVar[ResponseCodeEnum]
    CONTRACT_EXPIRED_AND_PENDING_REMOVAL: _ClassVar[ResponseCodeEnum]
    CONTRACT_HAS_NO_AUTO_RENEW_ACCOUNT: _ClassVar[ResponseCodeEnum]
    PERMANENT_REMOVAL_REQUIRES_SYSTEM_INITIATION: _ClassVar[ResponseCodeEnum]
    PROXY_ACCOUNT_ID_FIELD_IS_DEPRECATED: _ClassVar[ResponseCodeEnum]
    SELF_STAKING_IS_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    INVALID_STAKING_ID: _ClassVar[ResponseCodeEnum]
    STAKING_NOT_ENABLED: _ClassVar[ResponseCodeEnum]
    INVALID_PRNG_RANGE: _ClassVar[ResponseCodeEnum]
    MAX_ENTITIES_IN_PRICE_REGIME_HAVE_BEEN_CREATED: _ClassVar[ResponseCodeEnum]
    INVALID_FULL_PREFIX_SIGNATURE_FOR_PRECOMPILE: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_BALANCES_FOR_STORAGE_RENT: _ClassVar[ResponseCodeEnum]
    MAX_CHILD_RECORDS_EXCEEDED: _ClassVar[ResponseCodeEnum]
    INSUFFICIENT_BALANCES_FOR_RENEWAL_FEES: _ClassVar[ResponseCodeEnum]
    TRANSACTION_HAS_UNKNOWN_FIELDS: _ClassVar[ResponseCodeEnum]
    ACCOUNT_IS_IMMUTABLE: _ClassVar[ResponseCodeEnum]
    ALIAS_ALREADY_ASSIGNED: _ClassVar[ResponseCodeEnum]
    INVALID_METADATA_KEY: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_METADATA_KEY: _ClassVar[ResponseCodeEnum]
    MISSING_TOKEN_METADATA: _ClassVar[ResponseCodeEnum]
    MISSING_SERIAL_NUMBERS: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_ADMIN_KEY: _ClassVar[ResponseCodeEnum]
    NODE_DELETED: _ClassVar[ResponseCodeEnum]
    INVALID_NODE_ID: _ClassVar[ResponseCodeEnum]
    INVALID_GOSSIP_ENDPOINT: _ClassVar[ResponseCodeEnum]
    INVALID_NODE_ACCOUNT_ID: _ClassVar[ResponseCodeEnum]
    INVALID_NODE_DESCRIPTION: _ClassVar[ResponseCodeEnum]
    INVALID_SERVICE_ENDPOINT: _ClassVar[ResponseCodeEnum]
    INVALID_GOSSIP_CA_CERTIFICATE: _ClassVar[ResponseCodeEnum]
    INVALID_GRPC_CERTIFICATE: _ClassVar[ResponseCodeEnum]
    INVALID_MAX_AUTO_ASSOCIATIONS: _ClassVar[ResponseCodeEnum]
    MAX_NODES_CREATED: _ClassVar[ResponseCodeEnum]
    IP_FQDN_CANNOT_BE_SET_FOR_SAME_ENDPOINT: _ClassVar[ResponseCodeEnum]
    GOSSIP_ENDPOINT_CANNOT_HAVE_FQDN: _ClassVar[ResponseCodeEnum]
    FQDN_SIZE_TOO_LARGE: _ClassVar[ResponseCodeEnum]
    INVALID_ENDPOINT: _ClassVar[ResponseCodeEnum]
    GOSSIP_ENDPOINTS_EXCEEDED_LIMIT: _ClassVar[ResponseCodeEnum]
    TOKEN_REFERENCE_REPEATED: _ClassVar[ResponseCodeEnum]
    INVALID_OWNER_ID: _ClassVar[ResponseCodeEnum]
    TOKEN_REFERENCE_LIST_SIZE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    SERVICE_ENDPOINTS_EXCEEDED_LIMIT: _ClassVar[ResponseCodeEnum]
    INVALID_IPV4_ADDRESS: _ClassVar[ResponseCodeEnum]
    EMPTY_TOKEN_REFERENCE_LIST: _ClassVar[ResponseCodeEnum]
    UPDATE_NODE_ACCOUNT_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    TOKEN_HAS_NO_METADATA_OR_SUPPLY_KEY: _ClassVar[ResponseCodeEnum]
    EMPTY_PENDING_AIRDROP_ID_LIST: _ClassVar[ResponseCodeEnum]
    PENDING_AIRDROP_ID_REPEATED: _ClassVar[ResponseCodeEnum]
    PENDING_AIRDROP_ID_LIST_TOO_LONG: _ClassVar[ResponseCodeEnum]
    PENDING_NFT_AIRDROP_ALREADY_EXISTS: _ClassVar[ResponseCodeEnum]
    ACCOUNT_HAS_PENDING_AIRDROPS: _ClassVar[ResponseCodeEnum]
    THROTTLED_AT_CONSENSUS: _ClassVar[ResponseCodeEnum]
    INVALID_PENDING_AIRDROP_ID: _ClassVar[ResponseCodeEnum]
    TOKEN_AIRDROP_WITH_FALLBACK_ROYALTY: _ClassVar[ResponseCodeEnum]
    INVALID_TOKEN_IN_PENDING_AIRDROP: _ClassVar[ResponseCodeEnum]
    SCHEDULE_EXPIRY_IS_BUSY: _ClassVar[ResponseCodeEnum]
    INVALID_GRPC_CERTIFICATE_HASH: _ClassVar[ResponseCodeEnum]
    MISSING_EXPIRY_TIME: _ClassVar[ResponseCodeEnum]
    NO_SCHEDULING_ALLOWED_AFTER_SCHEDULED_RECURSION: _ClassVar[ResponseCodeEnum]
    RECURSIVE_SCHEDULING_LIMIT_REACHED: _ClassVar[ResponseCodeEnum]
    WAITING_FOR_LEDGER_ID: _ClassVar[ResponseCodeEnum]
    MAX_ENTRIES_FOR_FEE_EXEMPT_KEY_LIST_EXCEEDED: _ClassVar[ResponseCodeEnum]
    FEE_EXEMPT_KEY_LIST_CONTAINS_DUPLICATED_KEYS: _ClassVar[ResponseCodeEnum]
    INVALID_KEY_IN_FEE_EXEMPT_KEY_LIST: _ClassVar[ResponseCodeEnum]
    INVALID_FEE_SCHEDULE_KEY: _ClassVar[ResponseCodeEnum]
    FEE_SCHEDULE_KEY_CANNOT_BE_UPDATED: _ClassVar[ResponseCodeEnum]
    FEE_SCHEDULE_KEY_NOT_SET: _ClassVar[ResponseCodeEnum]
    MAX_CUSTOM_FEE_LIMIT_EXCEEDED: _ClassVar[ResponseCodeEnum]
    NO_VALID_MAX_CUSTOM_FEE: _ClassVar[ResponseCodeEnum]
    INVALID_MAX_CUSTOM_FEES: _ClassVar[ResponseCodeEnum]
    DUPLICATE_DENOMINATION_IN_MAX_CUSTOM_FEE_LIST: _ClassVar[ResponseCodeEnum]
    DUPLICATE_ACCOUNT_ID_IN_MAX_CUSTOM_FEE_LIST: _ClassVar[ResponseCodeEnum]
    MAX_CUSTOM_FEES_IS_NOT_SUPPORTED: _ClassVar[ResponseCodeEnum]
    BATCH_LIST_EMPTY: _ClassVar[ResponseCodeEnum]
    BATCH_LIST_CONTAINS_DUPLICATES: _ClassVar[ResponseCodeEnum]
    BATCH_TRANSACTION_IN_BLACKLIST: _ClassVar[ResponseCodeEnum]
    INNER_TRANSACTION_FAILED: _ClassVar[ResponseCodeEnum]
    MISSING_BATCH_KEY: _ClassVar[ResponseCodeEnum]
    BATCH_KEY_SET_ON_NON_INNER_TRANSACTION: _ClassVar[ResponseCodeEnum]
    INVALID_BATCH_KEY: _ClassVar[ResponseCodeEnum]
    SCHEDULE_EXPIRY_NOT_CONFIGURABLE: _ClassVar[ResponseCodeEnum]
    CREATING_SYSTEM_ENTITIES: _ClassVar[ResponseCodeEnum]
    THROTTLE_GROUP_LCM_OVERFLOW: _ClassVar[ResponseCodeEnum]
    AIRDROP_CONTAINS_MULTIPLE_SENDERS_FOR_A_TOKEN: _ClassVar[ResponseCodeEnum]
    GRPC_WEB_PROXY_NOT_SUPPORTED: _ClassVar[ResponseCodeEnum]
    NFT_TRANSFERS_ONLY_ALLOWED_FOR_NON_FUNGIBLE_UNIQUE: _ClassVar[ResponseCodeEnum]
    INVALID_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM: _ClassVar[ResponseCodeEnum]
    WRONG_HOOK_ENTITY_TYPE: _ClassVar[ResponseCodeEnum]
    EVM_HOOK_GAS_THROTTLED: _ClassVar[ResponseCodeEnum]
    HOOK_ID_IN_USE: _ClassVar[ResponseCodeEnum]
    BAD_HOOK_REQUEST: _ClassVar[ResponseCodeEnum]
    REJECTED_BY_ACCOUNT_ALLOWANCE_HOOK: _ClassVar[ResponseCodeEnum]
    HOOK_NOT_FOUND: _ClassVar[ResponseCodeEnum]
    EVM_HOOK_STORAGE_UPDATE_BYTES_TOO_LONG: _ClassVar[ResponseCodeEnum]
    EVM_HOOK_STORAGE_UPDATE_BYTES_MUST_USE_MINIMAL_REPRESENTATION: _ClassVar[ResponseCodeEnum]
    INVALID_HOOK_ID: _ClassVar[ResponseCodeEnum]
    EMPTY_EVM_HOOK_STORAGE_UPDATE: _ClassVar[ResponseCodeEnum]
    HOOK_ID_REPEATED_IN_CREATION_DETAILS: _ClassVar[ResponseCodeEnum]
    HOOKS_NOT_ENABLED: _ClassVar[ResponseCodeEnum]
    HOOK_IS_NOT_AN_EVM_HOOK: _ClassVar[ResponseCodeEnum]
    HOOK_DELETED: _ClassVar[ResponseCodeEnum]
    TOO_MANY_EVM_HOOK_STORAGE_UPDATES: _ClassVar[ResponseCodeEnum]
    HOOK_CREATION_BYTES_MUST_USE_MINIMAL_REPRESENTATION: _ClassVar[ResponseCodeEnum]
    HOOK_CREATION_BYTES_TOO_LONG: _ClassVar[ResponseCodeEnum]
    INVALID_HOOK_CREATION_SPEC: _ClassVar[ResponseCodeEnum]
    HOOK_EXTENSION_EMPTY: _ClassVar[ResponseCodeEnum]
    INVALID_HOOK_ADMIN_KEY: _ClassVar[ResponseCodeEnum]
    HOOK_DELETION_REQUIRES_ZERO_STORAGE_SLOTS: _ClassVar[ResponseCodeEnum]
    CANNOT_SET_HOOKS_AND_APPROVAL: _ClassVar[ResponseCodeEnum]
    TRANSACTION_REQUIRES_ZERO_HOOKS: _ClassVar[ResponseCodeEnum]
    INVALID_HOOK_CALL: _ClassVar[ResponseCodeEnum]
    HOOKS_ARE_NOT_SUPPORTED_IN_AIRDROPS: _ClassVar[ResponseCodeEnum]
    ACCOUNT_IS_LINKED_TO_A_NODE: _ClassVar[ResponseCodeEnum]
    HOOKS_EXECUTIONS_REQUIRE_TOP_LEVEL_CRYPTO_TRANSFER: _ClassVar[ResponseCodeEnum]
    NODE_ACCOUNT_HAS_ZERO_BALANCE: _ClassVar[ResponseCodeEnum]
    TRANSFER_TO_FEE_COLLECTION_ACCOUNT_NOT_ALLOWED: _ClassVar[ResponseCodeEnum]
    TOO_MANY_HOOK_INVOCATIONS: _ClassVar[ResponseCodeEnum]
    INVALID_REGISTERED_NODE_ID: _ClassVar[ResponseCodeEnum]
    INVALID_REGISTERED_ENDPOINT: _ClassVar[ResponseCodeEnum]
    REGISTERED_ENDPOINTS_EXCEEDED_LIMIT: _ClassVar[ResponseCodeEnum]
    INVALID_REGISTERED_ENDPOINT_ADDRESS: _ClassVar[ResponseCodeEnum]
    INVALID_REGISTERED_ENDPOINT_TYPE: _ClassVar[ResponseCodeEnum]
    REGISTERED_NODE_STILL_ASSOCIATED: _ClassVar[ResponseCodeEnum]
    MAX_REGISTERED_NODES_EXCEEDED: _ClassVar[ResponseCodeEnum]
ANSWER_ONLY: ResponseType
ANSWER_STATE_PROOF: ResponseType
COST_ANSWER: ResponseType
COST_ANSWER_STATE_PROOF: ResponseType
FreezeNotApplicable: TokenFreezeStatus
Frozen: TokenFreezeStatus
Unfrozen: TokenFreezeStatus
KycNotApplicable: TokenKycStatus
Granted: TokenKycStatus
Revoked: TokenKycStatus
OK: ResponseCodeEnum
INVALID_TRANSACTION: ResponseCodeEnum
PAYER_ACCOUNT_NOT_FOUND: ResponseCodeEnum
INVALID_NODE_ACCOUNT: ResponseCodeEnum
TRANSACTION_EXPIRED: ResponseCodeEnum
INVALID_TRANSACTION_START: ResponseCodeEnum
INVALID_TRANSACTION_DURATION: ResponseCodeEnum
INVALID_SIGNATURE: ResponseCodeEnum
MEMO_TOO_LONG: ResponseCodeEnum
INSUFFICIENT_TX_FEE: ResponseCodeEnum
INSUFFICIENT_PAYER_BALANCE: ResponseCodeEnum
DUPLICATE_TRANSACTION: ResponseCodeEnum
BUSY: ResponseCodeEnum
NOT_SUPPORTED: ResponseCodeEnum
INVALID_FILE_ID: ResponseCodeEnum
INVALID_ACCOUNT_ID: ResponseCodeEnum
INVALID_CONTRACT_ID: ResponseCodeEnum
INVALID_TRANSACTION_ID: ResponseCodeEnum
RECEIPT_NOT_FOUND: ResponseCodeEnum
RECORD_NOT_FOUND: ResponseCodeEnum
INVALID_SOLIDITY_ID: ResponseCodeEnum
UNKNOWN: ResponseCodeEnum
SUCCESS: ResponseCodeEnum
FAIL_INVALID: ResponseCodeEnum
FAIL_FEE: ResponseCodeEnum
FAIL_BALANCE: ResponseCodeEnum
KEY_REQUIRED: ResponseCodeEnum
BAD_ENCODING: ResponseCodeEnum
INSUFFICIENT_ACCOUNT_BALANCE: ResponseCodeEnum
INVALID_SOLIDITY_ADDRESS: ResponseCodeEnum
INSUFFICIENT_GAS: ResponseCodeEnum
CONTRACT_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
LOCAL_CALL_MODIFICATION_EXCEPTION: ResponseCodeEnum
CONTRACT_REVERT_EXECUTED: ResponseCodeEnum
CONTRACT_EXECUTION_EXCEPTION: ResponseCodeEnum
INVALID_RECEIVING_NODE_ACCOUNT: ResponseCodeEnum
MISSING_QUERY_HEADER: ResponseCodeEnum
ACCOUNT_UPDATE_FAILED: ResponseCodeEnum
INVALID_KEY_ENCODING: ResponseCodeEnum
NULL_SOLIDITY_ADDRESS: ResponseCodeEnum
CONTRACT_UPDATE_FAILED: ResponseCodeEnum
INVALID_QUERY_HEADER: ResponseCodeEnum
INVALID_FEE_SUBMITTED: ResponseCodeEnum
INVALID_PAYER_SIGNATURE: ResponseCodeEnum
KEY_NOT_PROVIDED: ResponseCodeEnum
INVALID_EXPIRATION_TIME: ResponseCodeEnum
NO_WACL_KEY: ResponseCodeEnum
FILE_CONTENT_EMPTY: ResponseCodeEnum
INVALID_ACCOUNT_AMOUNTS: ResponseCodeEnum
EMPTY_TRANSACTION_BODY: ResponseCodeEnum
INVALID_TRANSACTION_BODY: ResponseCodeEnum
INVALID_SIGNATURE_TYPE_MISMATCHING_KEY: ResponseCodeEnum
INVALID_SIGNATURE_COUNT_MISMATCHING_KEY: ResponseCodeEnum
EMPTY_LIVE_HASH_BODY: ResponseCodeEnum
EMPTY_LIVE_HASH: ResponseCodeEnum
EMPTY_LIVE_HASH_KEYS: ResponseCodeEnum
INVALID_LIVE_HASH_SIZE: ResponseCodeEnum
EMPTY_QUERY_BODY: ResponseCodeEnum
EMPTY_LIVE_HASH_QUERY: ResponseCodeEnum
LIVE_HASH_NOT_FOUND: ResponseCodeEnum
ACCOUNT_ID_DOES_NOT_EXIST: ResponseCodeEnum
LIVE_HASH_ALREADY_EXISTS: ResponseCodeEnum
INVALID_FILE_WACL: ResponseCodeEnum
SERIALIZATION_FAILED: ResponseCodeEnum
TRANSACTION_OVERSIZE: ResponseCodeEnum
TRANSACTION_TOO_MANY_LAYERS: ResponseCodeEnum
CONTRACT_DELETED: ResponseCodeEnum
PLATFORM_NOT_ACTIVE: ResponseCodeEnum
KEY_PREFIX_MISMATCH: ResponseCodeEnum
PLATFORM_TRANSACTION_NOT_CREATED: ResponseCodeEnum
INVALID_RENEWAL_PERIOD: ResponseCodeEnum
INVALID_PAYER_ACCOUNT_ID: ResponseCodeEnum
ACCOUNT_DELETED: ResponseCodeEnum
FILE_DELETED: ResponseCodeEnum
ACCOUNT_REPEATED_IN_ACCOUNT_AMOUNTS: ResponseCodeEnum
SETTING_NEGATIVE_ACCOUNT_BALANCE: ResponseCodeEnum
OBTAINER_REQUIRED: ResponseCodeEnum
OBTAINER_SAME_CONTRACT_ID: ResponseCodeEnum
OBTAINER_DOES_NOT_EXIST: ResponseCodeEnum
MODIFYING_IMMUTABLE_CONTRACT: ResponseCodeEnum
FILE_SYSTEM_EXCEPTION: ResponseCodeEnum
AUTORENEW_DURATION_NOT_IN_RANGE: ResponseCodeEnum
ERROR_DECODING_BYTESTRING: ResponseCodeEnum
CONTRACT_FILE_EMPTY: ResponseCodeEnum
CONTRACT_BYTECODE_EMPTY: ResponseCodeEnum
INVALID_INITIAL_BALANCE: ResponseCodeEnum
INVALID_RECEIVE_RECORD_THRESHOLD: ResponseCodeEnum
INVALID_SEND_RECORD_THRESHOLD: ResponseCodeEnum
ACCOUNT_IS_NOT_GENESIS_ACCOUNT: ResponseCodeEnum
PAYER_ACCOUNT_UNAUTHORIZED: ResponseCodeEnum
INVALID_FREEZE_TRANSACTION_BODY: ResponseCodeEnum
FREEZE_TRANSACTION_BODY_NOT_FOUND: ResponseCodeEnum
TRANSFER_LIST_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
RESULT_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
NOT_SPECIAL_ACCOUNT: ResponseCodeEnum
CONTRACT_NEGATIVE_GAS: ResponseCodeEnum
CONTRACT_NEGATIVE_VALUE: ResponseCodeEnum
INVALID_FEE_FILE: ResponseCodeEnum
INVALID_EXCHANGE_RATE_FILE: ResponseCodeEnum
INSUFFICIENT_LOCAL_CALL_GAS: ResponseCodeEnum
ENTITY_NOT_ALLOWED_TO_DELETE: ResponseCodeEnum
AUTHORIZATION_FAILED: ResponseCodeEnum
FILE_UPLOADED_PROTO_INVALID: ResponseCodeEnum
FILE_UPLOADED_PROTO_NOT_SAVED_TO_DISK: ResponseCodeEnum
FEE_SCHEDULE_FILE_PART_UPLOADED: ResponseCodeEnum
EXCHANGE_RATE_CHANGE_LIMIT_EXCEEDED: ResponseCodeEnum
MAX_CONTRACT_STORAGE_EXCEEDED: ResponseCodeEnum
TRANSFER_ACCOUNT_SAME_AS_DELETE_ACCOUNT: ResponseCodeEnum
TOTAL_LEDGER_BALANCE_INVALID: ResponseCodeEnum
EXPIRATION_REDUCTION_NOT_ALLOWED: ResponseCodeEnum
MAX_GAS_LIMIT_EXCEEDED: ResponseCodeEnum
MAX_FILE_SIZE_EXCEEDED: ResponseCodeEnum
RECEIVER_SIG_REQUIRED: ResponseCodeEnum
INVALID_TOPIC_ID: ResponseCodeEnum
INVALID_ADMIN_KEY: ResponseCodeEnum
INVALID_SUBMIT_KEY: ResponseCodeEnum
UNAUTHORIZED: ResponseCodeEnum
INVALID_TOPIC_MESSAGE: ResponseCodeEnum
INVALID_AUTORENEW_ACCOUNT: ResponseCodeEnum
AUTORENEW_ACCOUNT_NOT_ALLOWED: ResponseCodeEnum
TOPIC_EXPIRED: ResponseCodeEnum
INVALID_CHUNK_NUMBER: ResponseCodeEnum
INVALID_CHUNK_TRANSACTION_ID: ResponseCodeEnum
ACCOUNT_FROZEN_FOR_TOKEN: ResponseCodeEnum
TOKENS_PER_ACCOUNT_LIMIT_EXCEEDED: ResponseCodeEnum
INVALID_TOKEN_ID: ResponseCodeEnum
INVALID_TOKEN_DECIMALS: ResponseCodeEnum
INVALID_TOKEN_INITIAL_SUPPLY: ResponseCodeEnum
INVALID_TREASURY_ACCOUNT_FOR_TOKEN: ResponseCodeEnum
INVALID_TOKEN_SYMBOL: ResponseCodeEnum
TOKEN_HAS_NO_FREEZE_KEY: ResponseCodeEnum
TRANSFERS_NOT_ZERO_SUM_FOR_TOKEN: ResponseCodeEnum
MISSING_TOKEN_SYMBOL: ResponseCodeEnum
TOKEN_SYMBOL_TOO_LONG: ResponseCodeEnum
ACCOUNT_KYC_NOT_GRANTED_FOR_TOKEN: ResponseCodeEnum
TOKEN_HAS_NO_KYC_KEY: ResponseCodeEnum
INSUFFICIENT_TOKEN_BALANCE: ResponseCodeEnum
TOKEN_WAS_DELETED: ResponseCodeEnum
TOKEN_HAS_NO_SUPPLY_KEY: ResponseCodeEnum
TOKEN_HAS_NO_WIPE_KEY: ResponseCodeEnum
INVALID_TOKEN_MINT_AMOUNT: ResponseCodeEnum
INVALID_TOKEN_BURN_AMOUNT: ResponseCodeEnum
TOKEN_NOT_ASSOCIATED_TO_ACCOUNT: ResponseCodeEnum
CANNOT_WIPE_TOKEN_TREASURY_ACCOUNT: ResponseCodeEnum
INVALID_KYC_KEY: ResponseCodeEnum
INVALID_WIPE_KEY: ResponseCodeEnum
INVALID_FREEZE_KEY: ResponseCodeEnum
INVALID_SUPPLY_KEY: ResponseCodeEnum
MISSING_TOKEN_NAME: ResponseCodeEnum
TOKEN_NAME_TOO_LONG: ResponseCodeEnum
INVALID_WIPING_AMOUNT: ResponseCodeEnum
TOKEN_IS_IMMUTABLE: ResponseCodeEnum
TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT: ResponseCodeEnum
TRANSACTION_REQUIRES_ZERO_TOKEN_BALANCES: ResponseCodeEnum
ACCOUNT_IS_TREASURY: ResponseCodeEnum
TOKEN_ID_REPEATED_IN_TOKEN_LIST: ResponseCodeEnum
TOKEN_TRANSFER_LIST_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
EMPTY_TOKEN_TRANSFER_BODY: ResponseCodeEnum
EMPTY_TOKEN_TRANSFER_ACCOUNT_AMOUNTS: ResponseCodeEnum
INVALID_SCHEDULE_ID: ResponseCodeEnum
SCHEDULE_IS_IMMUTABLE: ResponseCodeEnum
INVALID_SCHEDULE_PAYER_ID: ResponseCodeEnum
INVALID_SCHEDULE_ACCOUNT_ID: ResponseCodeEnum
NO_NEW_VALID_SIGNATURES: ResponseCodeEnum
UNRESOLVABLE_REQUIRED_SIGNERS: ResponseCodeEnum
SCHEDULED_TRANSACTION_NOT_IN_WHITELIST: ResponseCodeEnum
SOME_SIGNATURES_WERE_INVALID: ResponseCodeEnum
TRANSACTION_ID_FIELD_NOT_ALLOWED: ResponseCodeEnum
IDENTICAL_SCHEDULE_ALREADY_CREATED: ResponseCodeEnum
INVALID_ZERO_BYTE_IN_STRING: ResponseCodeEnum
SCHEDULE_ALREADY_DELETED: ResponseCodeEnum
SCHEDULE_ALREADY_EXECUTED: ResponseCodeEnum
MESSAGE_SIZE_TOO_LARGE: ResponseCodeEnum
OPERATION_REPEATED_IN_BUCKET_GROUPS: ResponseCodeEnum
BUCKET_CAPACITY_OVERFLOW: ResponseCodeEnum
NODE_CAPACITY_NOT_SUFFICIENT_FOR_OPERATION: ResponseCodeEnum
BUCKET_HAS_NO_THROTTLE_GROUPS: ResponseCodeEnum
THROTTLE_GROUP_HAS_ZERO_OPS_PER_SEC: ResponseCodeEnum
SUCCESS_BUT_MISSING_EXPECTED_OPERATION: ResponseCodeEnum
UNPARSEABLE_THROTTLE_DEFINITIONS: ResponseCodeEnum
INVALID_THROTTLE_DEFINITIONS: ResponseCodeEnum
ACCOUNT_EXPIRED_AND_PENDING_REMOVAL: ResponseCodeEnum
INVALID_TOKEN_MAX_SUPPLY: ResponseCodeEnum
INVALID_TOKEN_NFT_SERIAL_NUMBER: ResponseCodeEnum
INVALID_NFT_ID: ResponseCodeEnum
METADATA_TOO_LONG: ResponseCodeEnum
BATCH_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
INVALID_QUERY_RANGE: ResponseCodeEnum
FRACTION_DIVIDES_BY_ZERO: ResponseCodeEnum
INSUFFICIENT_PAYER_BALANCE_FOR_CUSTOM_FEE: ResponseCodeEnum
CUSTOM_FEES_LIST_TOO_LONG: ResponseCodeEnum
INVALID_CUSTOM_FEE_COLLECTOR: ResponseCodeEnum
INVALID_TOKEN_ID_IN_CUSTOM_FEES: ResponseCodeEnum
TOKEN_NOT_ASSOCIATED_TO_FEE_COLLECTOR: ResponseCodeEnum
TOKEN_MAX_SUPPLY_REACHED: ResponseCodeEnum
SENDER_DOES_NOT_OWN_NFT_SERIAL_NO: ResponseCodeEnum
CUSTOM_FEE_NOT_FULLY_SPECIFIED: ResponseCodeEnum
CUSTOM_FEE_MUST_BE_POSITIVE: ResponseCodeEnum
TOKEN_HAS_NO_FEE_SCHEDULE_KEY: ResponseCodeEnum
CUSTOM_FEE_OUTSIDE_NUMERIC_RANGE: ResponseCodeEnum
ROYALTY_FRACTION_CANNOT_EXCEED_ONE: ResponseCodeEnum
FRACTIONAL_FEE_MAX_AMOUNT_LESS_THAN_MIN_AMOUNT: ResponseCodeEnum
CUSTOM_SCHEDULE_ALREADY_HAS_NO_FEES: ResponseCodeEnum
CUSTOM_FEE_DENOMINATION_MUST_BE_FUNGIBLE_COMMON: ResponseCodeEnum
CUSTOM_FRACTIONAL_FEE_ONLY_ALLOWED_FOR_FUNGIBLE_COMMON: ResponseCodeEnum
INVALID_CUSTOM_FEE_SCHEDULE_KEY: ResponseCodeEnum
INVALID_TOKEN_MINT_METADATA: ResponseCodeEnum
INVALID_TOKEN_BURN_METADATA: ResponseCodeEnum
CURRENT_TREASURY_STILL_OWNS_NFTS: ResponseCodeEnum
ACCOUNT_STILL_OWNS_NFTS: ResponseCodeEnum
TREASURY_MUST_OWN_BURNED_NFT: ResponseCodeEnum
ACCOUNT_DOES_NOT_OWN_WIPED_NFT: ResponseCodeEnum
ACCOUNT_AMOUNT_TRANSFERS_ONLY_ALLOWED_FOR_FUNGIBLE_COMMON: ResponseCodeEnum
MAX_NFTS_IN_PRICE_REGIME_HAVE_BEEN_MINTED: ResponseCodeEnum
PAYER_ACCOUNT_DELETED: ResponseCodeEnum
CUSTOM_FEE_CHARGING_EXCEEDED_MAX_RECURSION_DEPTH: ResponseCodeEnum
CUSTOM_FEE_CHARGING_EXCEEDED_MAX_ACCOUNT_AMOUNTS: ResponseCodeEnum
INSUFFICIENT_SENDER_ACCOUNT_BALANCE_FOR_CUSTOM_FEE: ResponseCodeEnum
SERIAL_NUMBER_LIMIT_REACHED: ResponseCodeEnum
CUSTOM_ROYALTY_FEE_ONLY_ALLOWED_FOR_NON_FUNGIBLE_UNIQUE: ResponseCodeEnum
NO_REMAINING_AUTOMATIC_ASSOCIATIONS: ResponseCodeEnum
EXISTING_AUTOMATIC_ASSOCIATIONS_EXCEED_GIVEN_LIMIT: ResponseCodeEnum
REQUESTED_NUM_AUTOMATIC_ASSOCIATIONS_EXCEEDS_ASSOCIATION_LIMIT: ResponseCodeEnum
TOKEN_IS_PAUSED: ResponseCodeEnum
TOKEN_HAS_NO_PAUSE_KEY: ResponseCodeEnum
INVALID_PAUSE_KEY: ResponseCodeEnum
FREEZE_UPDATE_FILE_DOES_NOT_EXIST: ResponseCodeEnum
FREEZE_UPDATE_FILE_HASH_DOES_NOT_MATCH: ResponseCodeEnum
NO_UPGRADE_HAS_BEEN_PREPARED: ResponseCodeEnum
NO_FREEZE_IS_SCHEDULED: ResponseCodeEnum
UPDATE_FILE_HASH_CHANGED_SINCE_PREPARE_UPGRADE: ResponseCodeEnum
FREEZE_START_TIME_MUST_BE_FUTURE: ResponseCodeEnum
PREPARED_UPDATE_FILE_IS_IMMUTABLE: ResponseCodeEnum
FREEZE_ALREADY_SCHEDULED: ResponseCodeEnum
FREEZE_UPGRADE_IN_PROGRESS: ResponseCodeEnum
UPDATE_FILE_ID_DOES_NOT_MATCH_PREPARED: ResponseCodeEnum
UPDATE_FILE_HASH_DOES_NOT_MATCH_PREPARED: ResponseCodeEnum
CONSENSUS_GAS_EXHAUSTED: ResponseCodeEnum
REVERTED_SUCCESS: ResponseCodeEnum
MAX_STORAGE_IN_PRICE_REGIME_HAS_BEEN_USED: ResponseCodeEnum
INVALID_ALIAS_KEY: ResponseCodeEnum
UNEXPECTED_TOKEN_DECIMALS: ResponseCodeEnum
INVALID_PROXY_ACCOUNT_ID: ResponseCodeEnum
INVALID_TRANSFER_ACCOUNT_ID: ResponseCodeEnum
INVALID_FEE_COLLECTOR_ACCOUNT_ID: ResponseCodeEnum
ALIAS_IS_IMMUTABLE: ResponseCodeEnum
SPENDER_ACCOUNT_SAME_AS_OWNER: ResponseCodeEnum
AMOUNT_EXCEEDS_TOKEN_MAX_SUPPLY: ResponseCodeEnum
NEGATIVE_ALLOWANCE_AMOUNT: ResponseCodeEnum
CANNOT_APPROVE_FOR_ALL_FUNGIBLE_COMMON: ResponseCodeEnum
SPENDER_DOES_NOT_HAVE_ALLOWANCE: ResponseCodeEnum
AMOUNT_EXCEEDS_ALLOWANCE: ResponseCodeEnum
MAX_ALLOWANCES_EXCEEDED: ResponseCodeEnum
EMPTY_ALLOWANCES: ResponseCodeEnum
SPENDER_ACCOUNT_REPEATED_IN_ALLOWANCES: ResponseCodeEnum
REPEATED_SERIAL_NUMS_IN_NFT_ALLOWANCES: ResponseCodeEnum
FUNGIBLE_TOKEN_IN_NFT_ALLOWANCES: ResponseCodeEnum
NFT_IN_FUNGIBLE_TOKEN_ALLOWANCES: ResponseCodeEnum
INVALID_ALLOWANCE_OWNER_ID: ResponseCodeEnum
INVALID_ALLOWANCE_SPENDER_ID: ResponseCodeEnum
REPEATED_ALLOWANCES_TO_DELETE: ResponseCodeEnum
INVALID_DELEGATING_SPENDER: ResponseCodeEnum
DELEGATING_SPENDER_CANNOT_GRANT_APPROVE_FOR_ALL: ResponseCodeEnum
DELEGATING_SPENDER_DOES_NOT_HAVE_APPROVE_FOR_ALL: ResponseCodeEnum
SCHEDULE_EXPIRATION_TIME_TOO_FAR_IN_FUTURE: ResponseCodeEnum
SCHEDULE_EXPIRATION_TIME_MUST_BE_HIGHER_THAN_CONSENSUS_TIME: ResponseCodeEnum
SCHEDULE_FUTURE_THROTTLE_EXCEEDED: ResponseCodeEnum
SCHEDULE_FUTURE_GAS_LIMIT_EXCEEDED: ResponseCodeEnum
INVALID_ETHEREUM_TRANSACTION: ResponseCodeEnum
WRONG_CHAIN_ID: ResponseCodeEnum
WRONG_NONCE: ResponseCodeEnum
ACCESS_LIST_UNSUPPORTED: ResponseCodeEnum
SCHEDULE_PENDING_EXPIRATION: ResponseCodeEnum
CONTRACT_IS_TOKEN_TREASURY: ResponseCodeEnum
CONTRACT_HAS_NON_ZERO_TOKEN_BALANCES: ResponseCodeEnum
CONTRACT_EXPIRED_AND_PENDING_REMOVAL: ResponseCodeEnum
CONTRACT_HAS_NO_AUTO_RENEW_ACCOUNT: ResponseCodeEnum
PERMANENT_REMOVAL_REQUIRES_SYSTEM_INITIATION: ResponseCodeEnum
PROXY_ACCOUNT_ID_FIELD_IS_DEPRECATED: ResponseCodeEnum
SELF_STAKING_IS_NOT_ALLOWED: ResponseCodeEnum
INVALID_STAKING_ID: ResponseCodeEnum
STAKING_NOT_ENABLED: ResponseCodeEnum
INVALID_PRNG_RANGE: ResponseCodeEnum
MAX_ENTITIES_IN_PRICE_REGIME_HAVE_BEEN_CREATED: ResponseCodeEnum
INVALID_FULL_PREFIX_SIGNATURE_FOR_PRECOMPILE: ResponseCodeEnum
INSUFFICIENT_BALANCES_FOR_STORAGE_RENT: ResponseCodeEnum
MAX_CHILD_RECORDS_EXCEEDED: ResponseCodeEnum
INSUFFICIENT_BALANCES_FOR_RENEWAL_FEES: ResponseCodeEnum
TRANSACTION_HAS_UNKNOWN_FIELDS: ResponseCodeEnum
ACCOUNT_IS_IMMUTABLE: ResponseCodeEnum
ALIAS_ALREADY_ASSIGNED: ResponseCodeEnum
INVALID_METADATA_KEY: ResponseCodeEnum
TOKEN_HAS_NO_METADATA_KEY: ResponseCodeEnum
MISSING_TOKEN_METADATA: ResponseCodeEnum
MISSING_SERIAL_NUMBERS: ResponseCodeEnum
TOKEN_HAS_NO_ADMIN_KEY: ResponseCodeEnum
NODE_DELETED: ResponseCodeEnum
INVALID_NODE_ID: ResponseCodeEnum
INVALID_GOSSIP_ENDPOINT: ResponseCodeEnum
INVALID_NODE_ACCOUNT_ID: ResponseCodeEnum
INVALID_NODE_DESCRIPTION: ResponseCodeEnum
INVALID_SERVICE_ENDPOINT: ResponseCodeEnum
INVALID_GOSSIP_CA_CERTIFICATE: ResponseCodeEnum
INVALID_GRPC_CERTIFICATE: ResponseCodeEnum
INVALID_MAX_AUTO_ASSOCIATIONS: ResponseCodeEnum
MAX_NODES_CREATED: ResponseCodeEnum
IP_FQDN_CANNOT_BE_SET_FOR_SAME_ENDPOINT: ResponseCodeEnum
GOSSIP_ENDPOINT_CANNOT_HAVE_FQDN: ResponseCodeEnum
FQDN_SIZE_TOO_LARGE: ResponseCodeEnum
INVALID_ENDPOINT: ResponseCodeEnum
GOSSIP_ENDPOINTS_EXCEEDED_LIMIT: ResponseCodeEnum
TOKEN_REFERENCE_REPEATED: ResponseCodeEnum
INVALID_OWNER_ID: ResponseCodeEnum
TOKEN_REFERENCE_LIST_SIZE_LIMIT_EXCEEDED: ResponseCodeEnum
SERVICE_ENDPOINTS_EXCEEDED_LIMIT: ResponseCodeEnum
INVALID_IPV4_ADDRESS: ResponseCodeEnum
EMPTY_TOKEN_REFERENCE_LIST: ResponseCodeEnum
UPDATE_NODE_ACCOUNT_NOT_ALLOWED: ResponseCodeEnum
TOKEN_HAS_NO_METADATA_OR_SUPPLY_KEY: ResponseCodeEnum
EMPTY_PENDING_AIRDROP_ID_LIST: ResponseCodeEnum
PENDING_AIRDROP_ID_REPEATED: ResponseCodeEnum
PENDING_AIRDROP_ID_LIST_TOO_LONG: ResponseCodeEnum
PENDING_NFT_AIRDROP_ALREADY_EXISTS: ResponseCodeEnum
ACCOUNT_HAS_PENDING_AIRDROPS: ResponseCodeEnum
THROTTLED_AT_CONSENSUS: ResponseCodeEnum
INVALID_PENDING_AIRDROP_ID: ResponseCodeEnum
TOKEN_AIRDROP_WITH_FALLBACK_ROYALTY: ResponseCodeEnum
INVALID_TOKEN_IN_PENDING_AIRDROP: ResponseCodeEnum
SCHEDULE_EXPIRY_IS_BUSY: ResponseCodeEnum
INVALID_GRPC_CERTIFICATE_HASH: ResponseCodeEnum
MISSING_EXPIRY_TIME: ResponseCodeEnum
NO_SCHEDULING_ALLOWED_AFTER_SCHEDULED_RECURSION: ResponseCodeEnum
RECURSIVE_SCHEDULING_LIMIT_REACHED: ResponseCodeEnum
WAITING_FOR_LEDGER_ID: ResponseCodeEnum
MAX_ENTRIES_FOR_FEE_EXEMPT_KEY_LIST_EXCEEDED: ResponseCodeEnum
FEE_EXEMPT_KEY_LIST_CONTAINS_DUPLICATED_KEYS: ResponseCodeEnum
INVALID_KEY_IN_FEE_EXEMPT_KEY_LIST: ResponseCodeEnum
INVALID_FEE_SCHEDULE_KEY: ResponseCodeEnum
FEE_SCHEDULE_KEY_CANNOT_BE_UPDATED: ResponseCodeEnum
FEE_SCHEDULE_KEY_NOT_SET: ResponseCodeEnum
MAX_CUSTOM_FEE_LIMIT_EXCEEDED: ResponseCodeEnum
NO_VALID_MAX_CUSTOM_FEE: ResponseCodeEnum
INVALID_MAX_CUSTOM_FEES: ResponseCodeEnum
DUPLICATE_DENOMINATION_IN_MAX_CUSTOM_FEE_LIST: ResponseCodeEnum
DUPLICATE_ACCOUNT_ID_IN_MAX_CUSTOM_FEE_LIST: ResponseCodeEnum
MAX_CUSTOM_FEES_IS_NOT_SUPPORTED: ResponseCodeEnum
BATCH_LIST_EMPTY: ResponseCodeEnum
BATCH_LIST_CONTAINS_DUPLICATES: ResponseCodeEnum
BATCH_TRANSACTION_IN_BLACKLIST: ResponseCodeEnum
INNER_TRANSACTION_FAILED: ResponseCodeEnum
MISSING_BATCH_KEY: ResponseCodeEnum
BATCH_KEY_SET_ON_NON_INNER_TRANSACTION: ResponseCodeEnum
INVALID_BATCH_KEY: ResponseCodeEnum
SCHEDULE_EXPIRY_NOT_CONFIGURABLE: ResponseCodeEnum
CREATING_SYSTEM_ENTITIES: ResponseCodeEnum
THROTTLE_GROUP_LCM_OVERFLOW: ResponseCodeEnum
AIRDROP_CONTAINS_MULTIPLE_SENDERS_FOR_A_TOKEN: ResponseCodeEnum
GRPC_WEB_PROXY_NOT_SUPPORTED: ResponseCodeEnum
NFT_TRANSFERS_ONLY_ALLOWED_FOR_NON_FUNGIBLE_UNIQUE: ResponseCodeEnum
INVALID_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM: ResponseCodeEnum
WRONG_HOOK_ENTITY_TYPE: ResponseCodeEnum
EVM_HOOK_GAS_THROTTLED: ResponseCodeEnum
HOOK_ID_IN_USE: ResponseCodeEnum
BAD_HOOK_REQUEST: ResponseCodeEnum
REJECTED_BY_ACCOUNT_ALLOWANCE_HOOK: ResponseCodeEnum
HOOK_NOT_FOUND: ResponseCodeEnum
EVM_HOOK_STORAGE_UPDATE_BYTES_TOO_LONG: ResponseCodeEnum
EVM_HOOK_STORAGE_UPDATE_BYTES_MUST_USE_MINIMAL_REPRESENTATION: ResponseCodeEnum
INVALID_HOOK_ID: ResponseCodeEnum
EMPTY_EVM_HOOK_STORAGE_UPDATE: ResponseCodeEnum
HOOK_ID_REPEATED_IN_CREATION_DETAILS: ResponseCodeEnum
HOOKS_NOT_ENABLED: ResponseCodeEnum
HOOK_IS_NOT_AN_EVM_HOOK: ResponseCodeEnum
HOOK_DELETED: ResponseCodeEnum
TOO_MANY_EVM_HOOK_STORAGE_UPDATES: ResponseCodeEnum
HOOK_CREATION_BYTES_MUST_USE_MINIMAL_REPRESENTATION: ResponseCodeEnum
HOOK_CREATION_BYTES_TOO_LONG: ResponseCodeEnum
INVALID_HOOK_CREATION_SPEC: ResponseCodeEnum
HOOK_EXTENSION_EMPTY: ResponseCodeEnum
INVALID_HOOK_ADMIN_KEY: ResponseCodeEnum
HOOK_DELETION_REQUIRES_ZERO_STORAGE_SLOTS: ResponseCodeEnum
CANNOT_SET_HOOKS_AND_APPROVAL: ResponseCodeEnum
TRANSACTION_REQUIRES_ZERO_HOOKS: ResponseCodeEnum
INVALID_HOOK_CALL: ResponseCodeEnum
HOOKS_ARE_NOT_SUPPORTED_IN_AIRDROPS: ResponseCodeEnum
ACCOUNT_IS_LINKED_TO_A_NODE: ResponseCodeEnum
HOOKS_EXECUTIONS_REQUIRE_TOP_LEVEL_CRYPTO_TRANSFER: ResponseCodeEnum
NODE_ACCOUNT_HAS_ZERO_BALANCE: ResponseCodeEnum
TRANSFER_TO_FEE_COLLECTION_ACCOUNT_NOT_ALLOWED: ResponseCodeEnum
TOO_MANY_HOOK_INVOCATIONS: ResponseCodeEnum
INVALID_REGISTERED_NODE_ID: ResponseCodeEnum
INVALID_REGISTERED_ENDPOINT: ResponseCodeEnum
REGISTERED_ENDPOINTS_EXCEEDED_LIMIT: ResponseCodeEnum
INVALID_REGISTERED_ENDPOINT_ADDRESS: ResponseCodeEnum
INVALID_REGISTERED_ENDPOINT_TYPE: ResponseCodeEnum
REGISTERED_NODE_STILL_ASSOCIATED: ResponseCodeEnum
MAX_REGISTERED_NODES_EXCEEDED: ResponseCodeEnum

class TransactionList(_message.Message):
    __slots__ = ("transaction_list",)
    TRANSACTION_LIST_FIELD_NUMBER: _ClassVar[int]
    transaction_list: _containers.RepeatedCompositeFieldContainer[Transaction]
    def __init__(self, transaction_list: _Optional[_Iterable[_Union[Transaction, _Mapping]]] = ...) -> None: ...

class Transaction(_message.Message):
    __slots__ = ("body", "sigs", "sigMap", "bodyBytes", "signedTransactionBytes")
    BODY_FIELD_NUMBER: _ClassVar[int]
    SIGS_FIELD_NUMBER: _ClassVar[int]
    SIGMAP_FIELD_NUMBER: _ClassVar[int]
    BODYBYTES_FIELD_NUMBER: _ClassVar[int]
    SIGNEDTRANSACTIONBYTES_FIELD_NUMBER: _ClassVar[int]
    body: TransactionBody
    sigs: SignatureList
    sigMap: SignatureMap
    bodyBytes: bytes
    signedTransactionBytes: bytes
    def __init__(self, body: _Optional[_Union[TransactionBody, _Mapping]] = ..., sigs: _Optional[_Union[SignatureList, _Mapping]] = ..., sigMap: _Optional[_Union[SignatureMap, _Mapping]] = ..., bodyBytes: _Optional[bytes] = ..., signedTransactionBytes: _Optional[bytes] = ...) -> None: ...

class SignedTransaction(_message.Message):
    __slots__ = ("bodyBytes", "sigMap", "use_serialized_tx_message_hash_algorithm")
    BODYBYTES_FIELD_NUMBER: _ClassVar[int]
    SIGMAP_FIELD_NUMBER: _ClassVar[int]
    USE_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    bodyBytes: bytes
    sigMap: SignatureMap
    use_serialized_tx_message_hash_algorithm: bool
    def __init__(self, bodyBytes: _Optional[bytes] = ..., sigMap: _Optional[_Union[SignatureMap, _Mapping]] = ..., use_serialized_tx_message_hash_algorithm: _Optional[bool] = ...) -> None: ...

class SignatureMap(_message.Message):
    __slots__ = ("sigPair",)
    SIGPAIR_FIELD_NUMBER: _ClassVar[int]
    sigPair: _containers.RepeatedCompositeFieldContainer[SignaturePair]
    def __init__(self, sigPair: _Optional[_Iterable[_Union[SignaturePair, _Mapping]]] = ...) -> None: ...

class SignaturePair(_message.Message):
    __slots__ = ("pubKeyPrefix", "contract", "ed25519", "RSA_3072", "ECDSA_384", "ECDSA_secp256k1")
    PUBKEYPREFIX_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    RSA_3072_FIELD_NUMBER: _ClassVar[int]
    ECDSA_384_FIELD_NUMBER: _ClassVar[int]
    ECDSA_SECP256K1_FIELD_NUMBER: _ClassVar[int]
    pubKeyPrefix: bytes
    contract: bytes
    ed25519: bytes
    RSA_3072: bytes
    ECDSA_384: bytes
    ECDSA_secp256k1: bytes
    def __init__(self, pubKeyPrefix: _Optional[bytes] = ..., contract: _Optional[bytes] = ..., ed25519: _Optional[bytes] = ..., RSA_3072: _Optional[bytes] = ..., ECDSA_384: _Optional[bytes] = ..., ECDSA_secp256k1: _Optional[bytes] = ...) -> None: ...

class SignatureList(_message.Message):
    __slots__ = ("sigs",)
    SIGS_FIELD_NUMBER: _ClassVar[int]
    sigs: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, sigs: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("contract", "ed25519", "RSA_3072", "ECDSA_384", "thresholdSignature", "signatureList")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    RSA_3072_FIELD_NUMBER: _ClassVar[int]
    ECDSA_384_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURELIST_FIELD_NUMBER: _ClassVar[int]
    contract: bytes
    ed25519: bytes
    RSA_3072: bytes
    ECDSA_384: bytes
    thresholdSignature: ThresholdSignature
    signatureList: SignatureList
    def __init__(self, contract: _Optional[bytes] = ..., ed25519: _Optional[bytes] = ..., RSA_3072: _Optional[bytes] = ..., ECDSA_384: _Optional[bytes] = ..., thresholdSignature: _Optional[_Union[ThresholdSignature, _Mapping]] = ..., signatureList: _Optional[_Union[SignatureList, _Mapping]] = ...) -> None: ...

class ThresholdSignature(_message.Message):
    __slots__ = ("sigs",)
    SIGS_FIELD_NUMBER: _ClassVar[int]
    sigs: SignatureList
    def __init__(self, sigs: _Optional[_Union[SignatureList, _Mapping]] = ...) -> None: ...

class TransactionBody(_message.Message):
    __slots__ = ("transactionID", "nodeAccountID", "transactionFee", "transactionValidDuration", "generateRecord", "memo", "batch_key", "contractCall", "cryptoCreateAccount", "cryptoTransfer", "tokenAssociate")
    TRANSACTIONID_FIELD_NUMBER: _ClassVar[int]
    NODEACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONFEE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONVALIDDURATION_FIELD_NUMBER: _ClassVar[int]
    GENERATERECORD_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    BATCH_KEY_FIELD_NUMBER: _ClassVar[int]
    CONTRACTCALL_FIELD_NUMBER: _ClassVar[int]
    CRYPTOCREATEACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CRYPTOTRANSFER_FIELD_NUMBER: _ClassVar[int]
    TOKENASSOCIATE_FIELD_NUMBER: _ClassVar[int]
    transactionID: TransactionID
    nodeAccountID: AccountID
    transactionFee: int
    transactionValidDuration: Duration
    generateRecord: bool
    memo: str
    batch_key: Key
    contractCall: ContractCallTransactionBody
    cryptoCreateAccount: CryptoCreateTransactionBody
    cryptoTransfer: CryptoTransferTransactionBody
    tokenAssociate: TokenAssociateTransactionBody
    def __init__(self, transactionID: _Optional[_Union[TransactionID, _Mapping]] = ..., nodeAccountID: _Optional[_Union[AccountID, _Mapping]] = ..., transactionFee: _Optional[int] = ..., transactionValidDuration: _Optional[_Union[Duration, _Mapping]] = ..., generateRecord: _Optional[bool] = ..., memo: _Optional[str] = ..., batch_key: _Optional[_Union[Key, _Mapping]] = ..., contractCall: _Optional[_Union[ContractCallTransactionBody, _Mapping]] = ..., cryptoCreateAccount: _Optional[_Union[CryptoCreateTransactionBody, _Mapping]] = ..., cryptoTransfer: _Optional[_Union[CryptoTransferTransactionBody, _Mapping]] = ..., tokenAssociate: _Optional[_Union[TokenAssociateTransactionBody, _Mapping]] = ...) -> None: ...

class TransactionID(_message.Message):
    __slots__ = ("transactionValidStart", "accountID", "scheduled", "nonce")
    TRANSACTIONVALIDSTART_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    transactionValidStart: Timestamp
    accountID: AccountID
    scheduled: bool
    nonce: int
    def __init__(self, transactionValidStart: _Optional[_Union[Timestamp, _Mapping]] = ..., accountID: _Optional[_Union[AccountID, _Mapping]] = ..., scheduled: _Optional[bool] = ..., nonce: _Optional[int] = ...) -> None: ...

class CryptoTransferTransactionBody(_message.Message):
    __slots__ = ("transfers", "tokenTransfers")
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    TOKENTRANSFERS_FIELD_NUMBER: _ClassVar[int]
    transfers: TransferList
    tokenTransfers: _containers.RepeatedCompositeFieldContainer[TokenTransferList]
    def __init__(self, transfers: _Optional[_Union[TransferList, _Mapping]] = ..., tokenTransfers: _Optional[_Iterable[_Union[TokenTransferList, _Mapping]]] = ...) -> None: ...

class TransferList(_message.Message):
    __slots__ = ("accountAmounts",)
    ACCOUNTAMOUNTS_FIELD_NUMBER: _ClassVar[int]
    accountAmounts: _containers.RepeatedCompositeFieldContainer[AccountAmount]
    def __init__(self, accountAmounts: _Optional[_Iterable[_Union[AccountAmount, _Mapping]]] = ...) -> None: ...

class AccountAmount(_message.Message):
    __slots__ = ("accountID", "amount", "is_approval")
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IS_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    accountID: AccountID
    amount: int
    is_approval: bool
    def __init__(self, accountID: _Optional[_Union[AccountID, _Mapping]] = ..., amount: _Optional[int] = ..., is_approval: _Optional[bool] = ...) -> None: ...

class TokenTransferList(_message.Message):
    __slots__ = ("token", "transfers", "nftTransfers", "expected_decimals")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRANSFERS_FIELD_NUMBER: _ClassVar[int]
    NFTTRANSFERS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DECIMALS_FIELD_NUMBER: _ClassVar[int]
    token: TokenID
    transfers: _containers.RepeatedCompositeFieldContainer[AccountAmount]
    nftTransfers: _containers.RepeatedCompositeFieldContainer[NftTransfer]
    expected_decimals: _wrappers_pb2.UInt32Value
    def __init__(self, token: _Optional[_Union[TokenID, _Mapping]] = ..., transfers: _Optional[_Iterable[_Union[AccountAmount, _Mapping]]] = ..., nftTransfers: _Optional[_Iterable[_Union[NftTransfer, _Mapping]]] = ..., expected_decimals: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ...) -> None: ...

class NftTransfer(_message.Message):
    __slots__ = ("senderAccountID", "receiverAccountID", "serialNumber", "is_approval")
    SENDERACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    RECEIVERACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    SERIALNUMBER_FIELD_NUMBER: _ClassVar[int]
    IS_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    senderAccountID: AccountID
    receiverAccountID: AccountID
    serialNumber: int
    is_approval: bool
    def __init__(self, senderAccountID: _Optional[_Union[AccountID, _Mapping]] = ..., receiverAccountID: _Optional[_Union[AccountID, _Mapping]] = ..., serialNumber: _Optional[int] = ..., is_approval: _Optional[bool] = ...) -> None: ...

class ContractCallTransactionBody(_message.Message):
    __slots__ = ("contractID", "gas", "amount", "functionParameters")
    CONTRACTID_FIELD_NUMBER: _ClassVar[int]
    GAS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FUNCTIONPARAMETERS_FIELD_NUMBER: _ClassVar[int]
    contractID: ContractID
    gas: int
    amount: int
    functionParameters: bytes
    def __init__(self, contractID: _Optional[_Union[ContractID, _Mapping]] = ..., gas: _Optional[int] = ..., amount: _Optional[int] = ..., functionParameters: _Optional[bytes] = ...) -> None: ...

class CryptoCreateTransactionBody(_message.Message):
    __slots__ = ("key", "initialBalance", "proxyAccountID", "sendRecordThreshold", "receiveRecordThreshold", "receiverSigRequired", "autoRenewPeriod", "shardID", "realmID", "newRealmAdminKey", "memo", "max_automatic_token_associations", "staked_account_id", "staked_node_id", "decline_reward", "alias")
    KEY_FIELD_NUMBER: _ClassVar[int]
    INITIALBALANCE_FIELD_NUMBER: _ClassVar[int]
    PROXYACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    SENDRECORDTHRESHOLD_FIELD_NUMBER: _ClassVar[int]
    RECEIVERECORDTHRESHOLD_FIELD_NUMBER: _ClassVar[int]
    RECEIVERSIGREQUIRED_FIELD_NUMBER: _ClassVar[int]
    AUTORENEWPERIOD_FIELD_NUMBER: _ClassVar[int]
    SHARDID_FIELD_NUMBER: _ClassVar[int]
    REALMID_FIELD_NUMBER: _ClassVar[int]
    NEWREALMADMINKEY_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    MAX_AUTOMATIC_TOKEN_ASSOCIATIONS_FIELD_NUMBER: _ClassVar[int]
    STAKED_ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    STAKED_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    DECLINE_REWARD_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    key: Key
    initialBalance: int
    proxyAccountID: AccountID
    sendRecordThreshold: int
    receiveRecordThreshold: int
    receiverSigRequired: bool
    autoRenewPeriod: Duration
    shardID: ShardID
    realmID: RealmID
    newRealmAdminKey: Key
    memo: str
    max_automatic_token_associations: int
    staked_account_id: AccountID
    staked_node_id: int
    decline_reward: bool
    alias: bytes
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., initialBalance: _Optional[int] = ..., proxyAccountID: _Optional[_Union[AccountID, _Mapping]] = ..., sendRecordThreshold: _Optional[int] = ..., receiveRecordThreshold: _Optional[int] = ..., receiverSigRequired: _Optional[bool] = ..., autoRenewPeriod: _Optional[_Union[Duration, _Mapping]] = ..., shardID: _Optional[_Union[ShardID, _Mapping]] = ..., realmID: _Optional[_Union[RealmID, _Mapping]] = ..., newRealmAdminKey: _Optional[_Union[Key, _Mapping]] = ..., memo: _Optional[str] = ..., max_automatic_token_associations: _Optional[int] = ..., staked_account_id: _Optional[_Union[AccountID, _Mapping]] = ..., staked_node_id: _Optional[int] = ..., decline_reward: _Optional[bool] = ..., alias: _Optional[bytes] = ...) -> None: ...

class TokenAssociateTransactionBody(_message.Message):
    __slots__ = ("account", "tokens")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    account: AccountID
    tokens: _containers.RepeatedCompositeFieldContainer[TokenID]
    def __init__(self, account: _Optional[_Union[AccountID, _Mapping]] = ..., tokens: _Optional[_Iterable[_Union[TokenID, _Mapping]]] = ...) -> None: ...

class TransactionResponse(_message.Message):
    __slots__ = ("nodeTransactionPrecheckCode", "cost")
    NODETRANSACTIONPRECHECKCODE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    nodeTransactionPrecheckCode: ResponseCodeEnum
    cost: int
    def __init__(self, nodeTransactionPrecheckCode: _Optional[_Union[ResponseCodeEnum, str]] = ..., cost: _Optional[int] = ...) -> None: ...

class AccountID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "accountNum", "alias")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTNUM_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    accountNum: int
    alias: bytes
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., accountNum: _Optional[int] = ..., alias: _Optional[bytes] = ...) -> None: ...

class ContractID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "contractNum", "evm_address")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    CONTRACTNUM_FIELD_NUMBER: _ClassVar[int]
    EVM_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    contractNum: int
    evm_address: bytes
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., contractNum: _Optional[int] = ..., evm_address: _Optional[bytes] = ...) -> None: ...

class FileID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "fileNum")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    FILENUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    fileNum: int
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., fileNum: _Optional[int] = ...) -> None: ...

class TokenID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "tokenNum")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    TOKENNUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    tokenNum: int
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., tokenNum: _Optional[int] = ...) -> None: ...

class TopicID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "topicNum")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    TOPICNUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    topicNum: int
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., topicNum: _Optional[int] = ...) -> None: ...

class ScheduleID(_message.Message):
    __slots__ = ("shardNum", "realmNum", "scheduleNum")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    SCHEDULENUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    scheduleNum: int
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ..., scheduleNum: _Optional[int] = ...) -> None: ...

class ShardID(_message.Message):
    __slots__ = ("shardNum",)
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    def __init__(self, shardNum: _Optional[int] = ...) -> None: ...

class RealmID(_message.Message):
    __slots__ = ("shardNum", "realmNum")
    SHARDNUM_FIELD_NUMBER: _ClassVar[int]
    REALMNUM_FIELD_NUMBER: _ClassVar[int]
    shardNum: int
    realmNum: int
    def __init__(self, shardNum: _Optional[int] = ..., realmNum: _Optional[int] = ...) -> None: ...

class Timestamp(_message.Message):
    __slots__ = ("seconds", "nanos")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    NANOS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    nanos: int
    def __init__(self, seconds: _Optional[int] = ..., nanos: _Optional[int] = ...) -> None: ...

class TimestampSeconds(_message.Message):
    __slots__ = ("seconds",)
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    def __init__(self, seconds: _Optional[int] = ...) -> None: ...

class Duration(_message.Message):
    __slots__ = ("seconds",)
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    seconds: int
    def __init__(self, seconds: _Optional[int] = ...) -> None: ...

class Key(_message.Message):
    __slots__ = ("contractID", "ed25519", "RSA_3072", "ECDSA_384", "thresholdKey", "keyList", "ECDSA_secp256k1", "delegatable_contract_id")
    CONTRACTID_FIELD_NUMBER: _ClassVar[int]
    ED25519_FIELD_NUMBER: _ClassVar[int]
    RSA_3072_FIELD_NUMBER: _ClassVar[int]
    ECDSA_384_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDKEY_FIELD_NUMBER: _ClassVar[int]
    KEYLIST_FIELD_NUMBER: _ClassVar[int]
    ECDSA_SECP256K1_FIELD_NUMBER: _ClassVar[int]
    DELEGATABLE_CONTRACT_ID_FIELD_NUMBER: _ClassVar[int]
    contractID: ContractID
    ed25519: bytes
    RSA_3072: bytes
    ECDSA_384: bytes
    thresholdKey: ThresholdKey
    keyList: KeyList
    ECDSA_secp256k1: bytes
    delegatable_contract_id: ContractID
    def __init__(self, contractID: _Optional[_Union[ContractID, _Mapping]] = ..., ed25519: _Optional[bytes] = ..., RSA_3072: _Optional[bytes] = ..., ECDSA_384: _Optional[bytes] = ..., thresholdKey: _Optional[_Union[ThresholdKey, _Mapping]] = ..., keyList: _Optional[_Union[KeyList, _Mapping]] = ..., ECDSA_secp256k1: _Optional[bytes] = ..., delegatable_contract_id: _Optional[_Union[ContractID, _Mapping]] = ...) -> None: ...

class KeyList(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[Key]
    def __init__(self, keys: _Optional[_Iterable[_Union[Key, _Mapping]]] = ...) -> None: ...

class ThresholdKey(_message.Message):
    __slots__ = ("threshold", "keys")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    threshold: int
    keys: KeyList
    def __init__(self, threshold: _Optional[int] = ..., keys: _Optional[_Union[KeyList, _Mapping]] = ...) -> None: ...

class NodeAddressBook(_message.Message):
    __slots__ = ("nodeAddress",)
    NODEADDRESS_FIELD_NUMBER: _ClassVar[int]
    nodeAddress: _containers.RepeatedCompositeFieldContainer[NodeAddress]
    def __init__(self, nodeAddress: _Optional[_Iterable[_Union[NodeAddress, _Mapping]]] = ...) -> None: ...

class NodeAddress(_message.Message):
    __slots__ = ("ipAddress", "portno", "memo", "RSA_PubKey", "nodeId", "nodeAccountId", "nodeCertHash", "serviceEndpoint", "description", "stake")
    IPADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORTNO_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    RSA_PUBKEY_FIELD_NUMBER: _ClassVar[int]
    NODEID_FIELD_NUMBER: _ClassVar[int]
    NODEACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    NODECERTHASH_FIELD_NUMBER: _ClassVar[int]
    SERVICEENDPOINT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STAKE_FIELD_NUMBER: _ClassVar[int]
    ipAddress: bytes
    portno: int
    memo: bytes
    RSA_PubKey: str
    nodeId: int
    nodeAccountId: AccountID
    nodeCertHash: bytes
    serviceEndpoint: _containers.RepeatedCompositeFieldContainer[ServiceEndpoint]
    description: str
    stake: int
    def __init__(self, ipAddress: _Optional[bytes] = ..., portno: _Optional[int] = ..., memo: _Optional[bytes] = ..., RSA_PubKey: _Optional[str] = ..., nodeId: _Optional[int] = ..., nodeAccountId: _Optional[_Union[AccountID, _Mapping]] = ..., nodeCertHash: _Optional[bytes] = ..., serviceEndpoint: _Optional[_Iterable[_Union[ServiceEndpoint, _Mapping]]] = ..., description: _Optional[str] = ..., stake: _Optional[int] = ...) -> None: ...

class ServiceEndpoint(_message.Message):
    __slots__ = ("ipAddressV4", "port", "domain_name")
    IPADDRESSV4_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_NAME_FIELD_NUMBER: _ClassVar[int]
    ipAddressV4: bytes
    port: int
    domain_name: str
    def __init__(self, ipAddressV4: _Optional[bytes] = ..., port: _Optional[int] = ..., domain_name: _Optional[str] = ...) -> None: ...

class CurrentAndNextFeeSchedule(_message.Message):
    __slots__ = ("currentFeeSchedule", "nextFeeSchedule")
    CURRENTFEESCHEDULE_FIELD_NUMBER: _ClassVar[int]
    NEXTFEESCHEDULE_FIELD_NUMBER: _ClassVar[int]
    currentFeeSchedule: FeeSchedule
    nextFeeSchedule: FeeSchedule
    def __init__(self, currentFeeSchedule: _Optional[_Union[FeeSchedule, _Mapping]] = ..., nextFeeSchedule: _Optional[_Union[FeeSchedule, _Mapping]] = ...) -> None: ...

class FeeSchedule(_message.Message):
    __slots__ = ("expiryTime",)
    EXPIRYTIME_FIELD_NUMBER: _ClassVar[int]
    expiryTime: TimestampSeconds
    def __init__(self, expiryTime: _Optional[_Union[TimestampSeconds, _Mapping]] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("cryptogetAccountBalance", "cryptoGetInfo", "fileGetContents", "transactionGetReceipt", "transactionGetRecord")
    CRYPTOGETACCOUNTBALANCE_FIELD_NUMBER: _ClassVar[int]
    CRYPTOGETINFO_FIELD_NUMBER: _ClassVar[int]
    FILEGETCONTENTS_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONGETRECEIPT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONGETRECORD_FIELD_NUMBER: _ClassVar[int]
    cryptogetAccountBalance: CryptoGetAccountBalanceQuery
    cryptoGetInfo: CryptoGetInfoQuery
    fileGetContents: FileGetContentsQuery
    transactionGetReceipt: TransactionGetReceiptQuery
    transactionGetRecord: TransactionGetRecordQuery
    def __init__(self, cryptogetAccountBalance: _Optional[_Union[CryptoGetAccountBalanceQuery, _Mapping]] = ..., cryptoGetInfo: _Optional[_Union[CryptoGetInfoQuery, _Mapping]] = ..., fileGetContents: _Optional[_Union[FileGetContentsQuery, _Mapping]] = ..., transactionGetReceipt: _Optional[_Union[TransactionGetReceiptQuery, _Mapping]] = ..., transactionGetRecord: _Optional[_Union[TransactionGetRecordQuery, _Mapping]] = ...) -> None: ...

class QueryHeader(_message.Message):
    __slots__ = ("payment", "responseType")
    PAYMENT_FIELD_NUMBER: _ClassVar[int]
    RESPONSETYPE_FIELD_NUMBER: _ClassVar[int]
    payment: Transaction
    responseType: ResponseType
    def __init__(self, payment: _Optional[_Union[Transaction, _Mapping]] = ..., responseType: _Optional[_Union[ResponseType, str]] = ...) -> None: ...

class CryptoGetAccountBalanceQuery(_message.Message):
    __slots__ = ("header", "accountID", "contractID")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    CONTRACTID_FIELD_NUMBER: _ClassVar[int]
    header: QueryHeader
    accountID: AccountID
    contractID: ContractID
    def __init__(self, header: _Optional[_Union[QueryHeader, _Mapping]] = ..., accountID: _Optional[_Union[AccountID, _Mapping]] = ..., contractID: _Optional[_Union[ContractID, _Mapping]] = ...) -> None: ...

class CryptoGetInfoQuery(_message.Message):
    __slots__ = ("header", "accountID")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    header: QueryHeader
    accountID: AccountID
    def __init__(self, header: _Optional[_Union[QueryHeader, _Mapping]] = ..., accountID: _Optional[_Union[AccountID, _Mapping]] = ...) -> None: ...

class FileGetContentsQuery(_message.Message):
    __slots__ = ("header", "fileID")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FILEID_FIELD_NUMBER: _ClassVar[int]
    header: QueryHeader
    fileID: FileID
    def __init__(self, header: _Optional[_Union[QueryHeader, _Mapping]] = ..., fileID: _Optional[_Union[FileID, _Mapping]] = ...) -> None: ...

class TransactionGetReceiptQuery(_message.Message):
    __slots__ = ("header", "transactionID", "includeDuplicates", "include_child_receipts")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONID_FIELD_NUMBER: _ClassVar[int]
    INCLUDEDUPLICATES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CHILD_RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    header: QueryHeader
    transactionID: TransactionID
    includeDuplicates: bool
    include_child_receipts: bool
    def __init__(self, header: _Optional[_Union[QueryHeader, _Mapping]] = ..., transactionID: _Optional[_Union[TransactionID, _Mapping]] = ..., includeDuplicates: _Optional[bool] = ..., include_child_receipts: _Optional[bool] = ...) -> None: ...

class TransactionGetRecordQuery(_message.Message):
    __slots__ = ("header", "transactionID", "includeDuplicates", "include_child_records")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONID_FIELD_NUMBER: _ClassVar[int]
    INCLUDEDUPLICATES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CHILD_RECORDS_FIELD_NUMBER: _ClassVar[int]
    header: QueryHeader
    transactionID: TransactionID
    includeDuplicates: bool
    include_child_records: bool
    def __init__(self, header: _Optional[_Union[QueryHeader, _Mapping]] = ..., transactionID: _Optional[_Union[TransactionID, _Mapping]] = ..., includeDuplicates: _Optional[bool] = ..., include_child_records: _Optional[bool] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("cryptogetAccountBalance", "cryptoGetInfo", "fileGetContents", "transactionGetReceipt", "transactionGetRecord")
    CRYPTOGETACCOUNTBALANCE_FIELD_NUMBER: _ClassVar[int]
    CRYPTOGETINFO_FIELD_NUMBER: _ClassVar[int]
    FILEGETCONTENTS_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONGETRECEIPT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONGETRECORD_FIELD_NUMBER: _ClassVar[int]
    cryptogetAccountBalance: CryptoGetAccountBalanceResponse
    cryptoGetInfo: CryptoGetInfoResponse
    fileGetContents: FileGetContentsResponse
    transactionGetReceipt: TransactionGetReceiptResponse
    transactionGetRecord: TransactionGetRecordResponse
    def __init__(self, cryptogetAccountBalance: _Optional[_Union[CryptoGetAccountBalanceResponse, _Mapping]] = ..., cryptoGetInfo: _Optional[_Union[CryptoGetInfoResponse, _Mapping]] = ..., fileGetContents: _Optional[_Union[FileGetContentsResponse, _Mapping]] = ..., transactionGetReceipt: _Optional[_Union[TransactionGetReceiptResponse, _Mapping]] = ..., transactionGetRecord: _Optional[_Union[TransactionGetRecordResponse, _Mapping]] = ...) -> None: ...

class ResponseHeader(_message.Message):
    __slots__ = ("nodeTransactionPrecheckCode", "responseType", "cost", "stateProof")
    NODETRANSACTIONPRECHECKCODE_FIELD_NUMBER: _ClassVar[int]
    RESPONSETYPE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    STATEPROOF_FIELD_NUMBER: _ClassVar[int]
    nodeTransactionPrecheckCode: ResponseCodeEnum
    responseType: ResponseType
    cost: int
    stateProof: bytes
    def __init__(self, nodeTransactionPrecheckCode: _Optional[_Union[ResponseCodeEnum, str]] = ..., responseType: _Optional[_Union[ResponseType, str]] = ..., cost: _Optional[int] = ..., stateProof: _Optional[bytes] = ...) -> None: ...

class CryptoGetAccountBalanceResponse(_message.Message):
    __slots__ = ("header", "accountID", "balance", "tokenBalances")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    TOKENBALANCES_FIELD_NUMBER: _ClassVar[int]
    header: ResponseHeader
    accountID: AccountID
    balance: int
    tokenBalances: _containers.RepeatedCompositeFieldContainer[TokenBalance]
    def __init__(self, header: _Optional[_Union[ResponseHeader, _Mapping]] = ..., accountID: _Optional[_Union[AccountID, _Mapping]] = ..., balance: _Optional[int] = ..., tokenBalances: _Optional[_Iterable[_Union[TokenBalance, _Mapping]]] = ...) -> None: ...

class TokenBalance(_message.Message):
    __slots__ = ("tokenId", "balance", "decimals")
    TOKENID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    tokenId: TokenID
    balance: int
    decimals: int
    def __init__(self, tokenId: _Optional[_Union[TokenID, _Mapping]] = ..., balance: _Optional[int] = ..., decimals: _Optional[int] = ...) -> None: ...

class CryptoGetInfoResponse(_message.Message):
    __slots__ = ("header", "accountInfo")
    class AccountInfo(_message.Message):
        __slots__ = ("accountID", "contractAccountID", "deleted", "proxyAccountID", "proxyReceived", "key", "balance", "generateSendRecordThreshold", "generateReceiveRecordThreshold", "receiverSigRequired", "expirationTime", "autoRenewPeriod", "memo", "ownedNfts", "max_automatic_token_associations", "alias", "ledger_id", "ethereum_nonce", "delegation_address")
        ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
        CONTRACTACCOUNTID_FIELD_NUMBER: _ClassVar[int]
        DELETED_FIELD_NUMBER: _ClassVar[int]
        PROXYACCOUNTID_FIELD_NUMBER: _ClassVar[int]
        PROXYRECEIVED_FIELD_NUMBER: _ClassVar[int]
        KEY_FIELD_NUMBER: _ClassVar[int]
        BALANCE_FIELD_NUMBER: _ClassVar[int]
        GENERATESENDRECORDTHRESHOLD_FIELD_NUMBER: _ClassVar[int]
        GENERATERECEIVERECORDTHRESHOLD_FIELD_NUMBER: _ClassVar[int]
        RECEIVERSIGREQUIRED_FIELD_NUMBER: _ClassVar[int]
        EXPIRATIONTIME_FIELD_NUMBER: _ClassVar[int]
        AUTORENEWPERIOD_FIELD_NUMBER: _ClassVar[int]
        MEMO_FIELD_NUMBER: _ClassVar[int]
        OWNEDNFTS_FIELD_NUMBER: _ClassVar[int]
        MAX_AUTOMATIC_TOKEN_ASSOCIATIONS_FIELD_NUMBER: _ClassVar[int]
        ALIAS_FIELD_NUMBER: _ClassVar[int]
        LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
        ETHEREUM_NONCE_FIELD_NUMBER: _ClassVar[int]
        DELEGATION_ADDRESS_FIELD_NUMBER: _ClassVar[int]
        accountID: AccountID
        contractAccountID: str
        deleted: bool
        proxyAccountID: AccountID
        proxyReceived: int
        key: Key
        balance: int
        generateSendRecordThreshold: int
        generateReceiveRecordThreshold: int
        receiverSigRequired: bool
        expirationTime: Timestamp
        autoRenewPeriod: Duration
        memo: str
        ownedNfts: int
        max_automatic_token_associations: int
        alias: bytes
        ledger_id: bytes
        ethereum_nonce: int
        delegation_address: bytes
        def __init__(self, accountID: _Optional[_Union[AccountID, _Mapping]] = ..., contractAccountID: _Optional[str] = ..., deleted: _Optional[bool] = ..., proxyAccountID: _Optional[_Union[AccountID, _Mapping]] = ..., proxyReceived: _Optional[int] = ..., key: _Optional[_Union[Key, _Mapping]] = ..., balance: _Optional[int] = ..., generateSendRecordThreshold: _Optional[int] = ..., generateReceiveRecordThreshold: _Optional[int] = ..., receiverSigRequired: _Optional[bool] = ..., expirationTime: _Optional[_Union[Timestamp, _Mapping]] = ..., autoRenewPeriod: _Optional[_Union[Duration, _Mapping]] = ..., memo: _Optional[str] = ..., ownedNfts: _Optional[int] = ..., max_automatic_token_associations: _Optional[int] = ..., alias: _Optional[bytes] = ..., ledger_id: _Optional[bytes] = ..., ethereum_nonce: _Optional[int] = ..., delegation_address: _Optional[bytes] = ...) -> None: ...
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTINFO_FIELD_NUMBER: _ClassVar[int]
    header: ResponseHeader
    accountInfo: CryptoGetInfoResponse.AccountInfo
    def __init__(self, header: _Optional[_Union[ResponseHeader, _Mapping]] = ..., accountInfo: _Optional[_Union[CryptoGetInfoResponse.AccountInfo, _Mapping]] = ...) -> None: ...

class FileGetContentsResponse(_message.Message):
    __slots__ = ("header", "fileContents")
    class FileContents(_message.Message):
        __slots__ = ("fileID", "contents")
        FILEID_FIELD_NUMBER: _ClassVar[int]
        CONTENTS_FIELD_NUMBER: _ClassVar[int]
        fileID: FileID
        contents: bytes
        def __init__(self, fileID: _Optional[_Union[FileID, _Mapping]] = ..., contents: _Optional[bytes] = ...) -> None: ...
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FILECONTENTS_FIELD_NUMBER: _ClassVar[int]
    header: ResponseHeader
    fileContents: FileGetContentsResponse.FileContents
    def __init__(self, header: _Optional[_Union[ResponseHeader, _Mapping]] = ..., fileContents: _Optional[_Union[FileGetContentsResponse.FileContents, _Mapping]] = ...) -> None: ...

class TransactionGetReceiptResponse(_message.Message):
    __slots__ = ("header", "receipt", "duplicateTransactionReceipts", "child_transaction_receipts")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATETRANSACTIONRECEIPTS_FIELD_NUMBER: _ClassVar[int]
    CHILD_TRANSACTION_RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    header: ResponseHeader
    receipt: TransactionReceipt
    duplicateTransactionReceipts: _containers.RepeatedCompositeFieldContainer[TransactionReceipt]
    child_transaction_receipts: _containers.RepeatedCompositeFieldContainer[TransactionReceipt]
    def __init__(self, header: _Optional[_Union[ResponseHeader, _Mapping]] = ..., receipt: _Optional[_Union[TransactionReceipt, _Mapping]] = ..., duplicateTransactionReceipts: _Optional[_Iterable[_Union[TransactionReceipt, _Mapping]]] = ..., child_transaction_receipts: _Optional[_Iterable[_Union[TransactionReceipt, _Mapping]]] = ...) -> None: ...

class TransactionReceipt(_message.Message):
    __slots__ = ("status", "accountID", "fileID", "contractID", "exchangeRate", "topicID", "topicSequenceNumber", "topicRunningHash", "topicRunningHashVersion", "tokenID", "newTotalSupply", "scheduleID", "scheduledTransactionID", "serialNumbers", "node_id", "registered_node_id", "block_number")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTID_FIELD_NUMBER: _ClassVar[int]
    FILEID_FIELD_NUMBER: _ClassVar[int]
    CONTRACTID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGERATE_FIELD_NUMBER: _ClassVar[int]
    TOPICID_FIELD_NUMBER: _ClassVar[int]
    TOPICSEQUENCENUMBER_FIELD_NUMBER: _ClassVar[int]
    TOPICRUNNINGHASH_FIELD_NUMBER: _ClassVar[int]
    TOPICRUNNINGHASHVERSION_FIELD_NUMBER: _ClassVar[int]
    TOKENID_FIELD_NUMBER: _ClassVar[int]
    NEWTOTALSUPPLY_FIELD_NUMBER: _ClassVar[int]
    SCHEDULEID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULEDTRANSACTIONID_FIELD_NUMBER: _ClassVar[int]
    SERIALNUMBERS_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    REGISTERED_NODE_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCK_NUMBER_FIELD_NUMBER: _ClassVar[int]
    status: ResponseCodeEnum
    accountID: AccountID
    fileID: FileID
    contractID: ContractID
    exchangeRate: ExchangeRateSet
    topicID: TopicID
    topicSequenceNumber: int
    topicRunningHash: bytes
    topicRunningHashVersion: int
    tokenID: TokenID
    newTotalSupply: int
    scheduleID: ScheduleID
    scheduledTransactionID: TransactionID
    serialNumbers: _containers.RepeatedScalarFieldContainer[int]
    node_id: int
    registered_node_id: int
    block_number: _wrappers_pb2.UInt64Value
    def __init__(self, status: _Optional[_Union[ResponseCodeEnum, str]] = ..., accountID: _Optional[_Union[AccountID, _Mapping]] = ..., fileID: _Optional[_Union[FileID, _Mapping]] = ..., contractID: _Optional[_Union[ContractID, _Mapping]] = ..., exchangeRate: _Optional[_Union[ExchangeRateSet, _Mapping]] = ..., topicID: _Optional[_Union[TopicID, _Mapping]] = ..., topicSequenceNumber: _Optional[int] = ..., topicRunningHash: _Optional[bytes] = ..., topicRunningHashVersion: _Optional[int] = ..., tokenID: _Optional[_Union[TokenID, _Mapping]] = ..., newTotalSupply: _Optional[int] = ..., scheduleID: _Optional[_Union[ScheduleID, _Mapping]] = ..., scheduledTransactionID: _Optional[_Union[TransactionID, _Mapping]] = ..., serialNumbers: _Optional[_Iterable[int]] = ..., node_id: _Optional[int] = ..., registered_node_id: _Optional[int] = ..., block_number: _Optional[_Union[_wrappers_pb2.UInt64Value, _Mapping]] = ...) -> None: ...

class ExchangeRate(_message.Message):
    __slots__ = ("hbarEquiv", "centEquiv", "expirationTime")
    HBAREQUIV_FIELD_NUMBER: _ClassVar[int]
    CENTEQUIV_FIELD_NUMBER: _ClassVar[int]
    EXPIRATIONTIME_FIELD_NUMBER: _ClassVar[int]
    hbarEquiv: int
    centEquiv: int
    expirationTime: TimestampSeconds
    def __init__(self, hbarEquiv: _Optional[int] = ..., centEquiv: _Optional[int] = ..., expirationTime: _Optional[_Union[TimestampSeconds, _Mapping]] = ...) -> None: ...

class ExchangeRateSet(_message.Message):
    __slots__ = ("currentRate", "nextRate")
    CURRENTRATE_FIELD_NUMBER: _ClassVar[int]
    NEXTRATE_FIELD_NUMBER: _ClassVar[int]
    currentRate: ExchangeRate
    nextRate: ExchangeRate
    def __init__(self, currentRate: _Optional[_Union[ExchangeRate, _Mapping]] = ..., nextRate: _Optional[_Union[ExchangeRate, _Mapping]] = ...) -> None: ...

class TransactionGetRecordResponse(_message.Message):
    __slots__ = ("header", "transactionRecord", "duplicateTransactionRecords", "child_transaction_records")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONRECORD_FIELD_NUMBER: _ClassVar[int]
    DUPLICATETRANSACTIONRECORDS_FIELD_NUMBER: _ClassVar[int]
    CHILD_TRANSACTION_RECORDS_FIELD_NUMBER: _ClassVar[int]
    header: ResponseHeader
    transactionRecord: TransactionRecord
    duplicateTransactionRecords: _containers.RepeatedCompositeFieldContainer[TransactionRecord]
    child_transaction_records: _containers.RepeatedCompositeFieldContainer[TransactionRecord]
    def __init__(self, header: _Optional[_Union[ResponseHeader, _Mapping]] = ..., transactionRecord: _Optional[_Union[TransactionRecord, _Mapping]] = ..., duplicateTransactionRecords: _Optional[_Iterable[_Union[TransactionRecord, _Mapping]]] = ..., child_transaction_records: _Optional[_Iterable[_Union[TransactionRecord, _Mapping]]] = ...) -> None: ...

class TransactionRecord(_message.Message):
    __slots__ = ("receipt", "transactionHash", "consensusTimestamp", "transactionID", "memo", "transactionFee", "transferList", "tokenTransferLists", "parent_consensus_timestamp")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONHASH_FIELD_NUMBER: _ClassVar[int]
    CONSENSUSTIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONID_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONFEE_FIELD_NUMBER: _ClassVar[int]
    TRANSFERLIST_FIELD_NUMBER: _ClassVar[int]
    TOKENTRANSFERLISTS_FIELD_NUMBER: _ClassVar[int]
    PARENT_CONSENSUS_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    receipt: TransactionReceipt
    transactionHash: bytes
    consensusTimestamp: Timestamp
    transactionID: TransactionID
    memo: str
    transactionFee: int
    transferList: TransferList
    tokenTransferLists: _containers.RepeatedCompositeFieldContainer[TokenTransferList]
    parent_consensus_timestamp: Timestamp
    def __init__(self, receipt: _Optional[_Union[TransactionReceipt, _Mapping]] = ..., transactionHash: _Optional[bytes] = ..., consensusTimestamp: _Optional[_Union[Timestamp, _Mapping]] = ..., transactionID: _Optional[_Union[TransactionID, _Mapping]] = ..., memo: _Optional[str] = ..., transactionFee: _Optional[int] = ..., transferList: _Optional[_Union[TransferList, _Mapping]] = ..., tokenTransferLists: _Optional[_Iterable[_Union[TokenTransferList, _Mapping]]] = ..., parent_consensus_timestamp: _Optional[_Union[Timestamp, _Mapping]] = ...) -> None: ...
