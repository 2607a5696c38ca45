using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>What is written down about one call while it runs.</summary>
internal sealed class CallRecord(GatewayOperation operation, CallWatch watch)
{
    public GatewayOperation Operation => operation;

    public CallWatch Watch => watch;

    /// <summary>Null until the call was admitted.</summary>
    public CallPass? Pass { get; set; }

    /// <summary>Null until the model was found.</summary>
    public ModelRoute? Route { get; set; }

    /// <summary>The kind of upstream that answered.</summary>
    public string Provider { get; set; } = "none";

    /// <summary>From the request to the answer's first byte from upstream; zero where there was none.</summary>
    public TimeSpan FirstByte { get; set; }

    /// <summary>What the gateway itself took until then.</summary>
    public TimeSpan Overhead { get; set; }

    /// <summary>Null where nothing was computed.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>The status that the call came to, also where the response had begun with 200.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;
}
