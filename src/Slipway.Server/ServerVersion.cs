using System.Reflection;

namespace Slipway.Server;

internal static class ServerVersion
{
    /// <summary>Such as <c>0.1.0</c>, without the commit that builds append.</summary>
    public static string Text { get; } =
        (typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0")
        .Split('+')[0];
}
