namespace Slipway.Server.Platform.Auth;

/// <summary>What a caller of an endpoint must have. An endpoint that says nothing asks for a key.</summary>
internal enum AccessNeed
{
    /// <summary>Any valid key; none while none was made and the call comes from this machine.</summary>
    Key,

    /// <summary>The same, and what the answer takes is counted and limited like a call of the gateway.</summary>
    Tokens,

    /// <summary>A key made with <c>--admin</c>.</summary>
    Admin,

    /// <summary>Nothing: there is nothing to keep, or the endpoint has a gate of its own.</summary>
    Nothing,
}

/// <summary>Stands among an endpoint's metadata; the last one holds.</summary>
internal sealed record AccessRule(AccessNeed Need);

/// <summary>Another way in beside keys, of the endpoint's own: true lets a call in.</summary>
internal sealed record AdmissionRule(Func<HttpContext, ValueTask<bool>> Admits);

internal static class AccessRules
{
    public static T AlsoAdmits<T>(this T endpoint, Func<HttpContext, ValueTask<bool>> admits)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AdmissionRule(admits));

    public static T NeedsNoKey<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(AccessNeed.Nothing));

    public static T NeedsAdmin<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(AccessNeed.Admin));

    public static T UsesTokens<T>(this T endpoint)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRule(AccessNeed.Tokens));
}
