using System.Globalization;
using Slipway.Client.Deployer;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary>How a deployment comes along: what happens as lines, and below them, on a terminal, where it stands.</summary>
internal sealed class DeployView(LiveLine screen, IEnumerable<DeployedModelEvent> known, TimeProvider clock) : IProgress<DeployedModelStatus>
{
    private readonly HashSet<DeployedModelEvent> _seen = [.. known];
    private readonly long _began = clock.GetTimestamp();
    private string? _status;
    private string? _reason;

    public void Report(DeployedModelStatus value)
    {
        foreach (var happening in value.Events.Where(_seen.Add))
        {
            screen.Say(LineOf(happening));
        }
        // A change of the status is most often an event, too, and told as one.
        if (value.Status != _status && (value.Events.Count == 0 || value.Events[^1].Text != value.Status))
        {
            screen.Say(value.Status);
        }
        if (value is { FailureReason: { } reason, Status: not DeployedModelStatuses.Failed } && reason != _reason)
        {
            screen.Say(CellText.OneLine(reason));
        }
        (_status, _reason) = (value.Status, value.FailureReason);
        screen.Draw($"{value.Status}  {Wording.Seconds(clock.GetElapsedTime(_began).TotalSeconds)}");
    }

    public static string LineOf(DeployedModelEvent happening) => CellText.OneLine(
        $"{happening.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {happening.Subject}  {happening.Text}");
}
